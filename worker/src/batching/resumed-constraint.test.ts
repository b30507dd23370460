import { expect, it } from 'vitest';
import { resumedConstraint } from './resumed-constraint.ts';
import type { TokenConstraint } from './step-executor.ts';

/** Complete after so many tokens; allows 7. */
function countdown(tokens: number): TokenConstraint {
  let left = tokens;
  return {
    get isComplete() {
      return left <= 0;
    },
    allowed: () => ({ has: (token) => token === 7, few: () => [7] }),
    push: (token) => {
      if (token === 0) return false;
      left--;
      return true;
    },
    forced: () => [7],
    fork: () => countdown(left),
  };
}

it('allows what was said, in its order, and then everything', () => {
  const constraint = resumedConstraint([5, 6]);
  for (const token of [5, 6]) {
    expect(constraint.allowed()?.few(1)).toEqual([token]);
    expect(constraint.forced()).toEqual(token === 5 ? [5, 6] : [6]);
    expect([5, 6].filter((each) => constraint.allowed()?.has(each))).toEqual([token]);
    constraint.push(token);
  }
  expect(constraint.allowed()).toBeUndefined();
  expect(constraint.forced()).toEqual([]);
  expect(constraint.isComplete).toBe(false);
});

it('goes its own way when forked, through what was said and behind it', () => {
  const constraint = resumedConstraint([5, 6], countdown(3));
  constraint.push(5);
  const fork = constraint.fork();
  expect(fork.push(6)).toBe(true);
  expect(fork.push(0)).toBe(false);
  expect(fork.push(7)).toBe(true);
  expect(fork.isComplete).toBe(true);
  expect(constraint.allowed()?.few(1)).toEqual([6]);
  expect(constraint.isComplete).toBe(false);
});

it('takes what keeps the text to a schema along', () => {
  const constraint = resumedConstraint([5], countdown(2));
  constraint.push(5);
  expect(constraint.forced()).toEqual([7]);
  expect(constraint.allowed()?.few(1)).toEqual([7]);
  expect(constraint.isComplete).toBe(false);
  constraint.push(7);
  expect(constraint.isComplete).toBe(true);
});

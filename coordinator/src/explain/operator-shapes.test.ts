import { describe, expect, it } from 'vitest';
import { input, llm, output, planOf } from '../optimizer/plan-builder.cases.ts';
import type { Operator } from '../plan/index.ts';
import { shapesOf } from './operator-shapes.ts';

const ask = { ...llm('first', 'Be brief.', '{x}'), kind: 'llm' } as Extract<
  Operator,
  { kind: 'llm' }
>;

/** Whether a call with these settings counts as one that differs in texts only. */
function isAlike(settings: object, of: object = {}): boolean {
  const both = [
    { ...ask, ...of },
    { ...llm('second', 'Be long.', '{x}'), ...of, ...settings },
  ] as Operator[];
  const operators = [input('x'), ...both, output('a', 'first'), output('b', 'second')];
  const shapes = shapesOf(planOf('two', operators, [{ x: '1' }]));
  return shapes.get(both[0]!.id) === shapes.get(both[1]!.id);
}

describe('the shape of a call', () => {
  const chance = { sampling: { ...ask.sampling, temperature: 1, seed: 3n } };

  it('is that of another whose texts and seed differ', () => {
    expect(isAlike({})).toBe(true);
    expect(isAlike({ sampling: { ...chance.sampling, seed: 4n } }, chance)).toBe(true);
  });

  it.each([
    [{ maxTokens: 7 }],
    [{ stop: ['.'] }],
    [{ stopTokens: [7] }],
    [{ logprobs: 2 }],
    [{ outputSchema: '{"type":"null"}' }],
    [{ sampling: { ...ask.sampling, temperature: 1, topK: 3 } }],
    [{ sampling: { ...ask.sampling, temperature: 1 } }],
  ])('is another where its settings differ: %j', (settings) => {
    expect(isAlike(settings)).toBe(false);
  });

  it('is another where the one is seeded and the other drawn anew', () => {
    const { seed: _, ...unseeded } = chance.sampling;
    expect(isAlike({ sampling: unseeded }, chance)).toBe(false);
  });
});

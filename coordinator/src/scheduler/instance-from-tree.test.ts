import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { promptTemplate, TemplatedRadixTree } from '../trt/index.ts';
import type { Instance } from './instance.ts';
import { instanceInPortions, type PlannedCall } from './instance-from-tree.ts';
import { indexInstance, sharedTokens } from './instance-index.ts';

const LIMITS = { name: 'x', workers: 1, kvCapacity: 1000, maxSeqs: 4, maxBatchedTokens: 64 };

const run = (...ids: number[]) => ({ kind: 'tokens', tokens: Int32Array.from(ids) }) as const;
const output = (call: number) => ({ kind: 'output', call }) as const;

/** All portions in one go; outputs of calls that are not planned have 42 tokens. */
function instanceFromTree(tree: TemplatedRadixTree, calls: readonly PlannedCall[]): Instance {
  const making = instanceInPortions(tree, calls, LIMITS, () => 42);
  for (;;) {
    const next = making.next();
    if (next.done) return next.value;
  }
}

function treeOfThree() {
  const tree = new TemplatedRadixTree();
  tree.insert({ key: 10, template: promptTemplate([run(1, 2, 3, 4)]) });
  tree.insert({ key: 20, template: promptTemplate([run(1, 2, 3, 9)]) });
  tree.insert({ key: 30, template: promptTemplate([run(1, 2), output(10), run(7)]), after: [20] });
  return tree;
}

const planned = (...keys: number[]) => keys.map((key) => ({ key, out: key, op: 0, query: 0 }));

describe('instanceInPortions (PROBLEM.md, section 1)', () => {
  it('makes common prefixes exact in tokens though items are atomic', () => {
    const index = indexInstance(instanceFromTree(treeOfThree(), planned(10, 20, 30)));
    expect(sharedTokens(index, 0, 1)).toBe(3);
    expect(sharedTokens(index, 0, 2)).toBe(2);
    expect([...index.promptTokens]).toEqual([4, 4, 2 + 10 + 1]);
  });

  it('gives two calls the tokens that their prompts have in common', () => {
    const anyRun = fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 5 });
    const anyPrompt = fc.tuple(anyRun, fc.boolean(), anyRun);
    fc.assert(
      fc.property(fc.array(anyPrompt, { minLength: 1, maxLength: 8 }), (prompts) => {
        const tree = new TemplatedRadixTree();
        tree.insert({ key: 0, template: promptTemplate([run(9)]) });
        // A placeholder stands for 40 tokens that nothing else has: 40 equal symbols.
        const symbols = prompts.map(([before, hasHole, after], i) => {
          const hole = hasHole ? [output(0)] : [];
          const items = [run(8, ...before), ...hole, run(...after)];
          tree.insert({ key: i + 1, template: promptTemplate(items) });
          return [8, ...before, ...hole.flatMap(() => Array(40).fill(-1)), ...after];
        });
        const calls = [
          { key: 0, out: 40, op: 0, query: 0 },
          ...planned(...symbols.map((_, i) => i + 1)),
        ];
        const index = indexInstance(instanceFromTree(tree, calls));
        symbols.forEach((a, i) => {
          symbols.forEach((b, j) => {
            const parting = a.findIndex((symbol, place) => symbol !== b[place]);
            expect(sharedTokens(index, i + 1, j + 1)).toBe(parting < 0 ? a.length : parting);
          });
        });
      }),
    );
  });

  it('numbers dependencies by the place of the calls given', () => {
    const { calls } = instanceFromTree(treeOfThree(), planned(20, 10, 30));
    expect([...calls[2]!.deps]).toEqual([0, 1]);
  });

  it('takes outputs of calls that are not planned as known text', () => {
    const tree = treeOfThree();
    const { calls, segments } = instanceFromTree(tree, planned(30));
    expect(calls[0]!.deps).toHaveLength(0);
    expect([...calls[0]!.prompt].map((segment) => segments[segment])).toEqual([2, 42, 1]);
  });

  it('refuses an order in which a call comes before what it needs', () => {
    expect(() => instanceFromTree(treeOfThree(), planned(30, 10, 20))).toThrow(
      /call 30 comes before/,
    );
  });
});

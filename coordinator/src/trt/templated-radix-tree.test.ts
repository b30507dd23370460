import { createPrng } from '@helium/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { naiveShape, shapeOf, symbolsOf } from './naive-tree.ts';
import { pathTo } from './node-path.ts';
import { type CallKey, promptTemplate } from './prompt-template.ts';
import { TemplatedRadixTree, type TreeCall } from './templated-radix-tree.ts';
import type { TreeNode, TreePaths } from './tree-paths.ts';

const run = (...ids: number[]) => ({ kind: 'tokens', tokens: Int32Array.from(ids) }) as const;
const output = (call: number) => ({ kind: 'output', call }) as const;
const call = (key: number, ...items: Parameters<typeof promptTemplate>[0]): TreeCall => ({
  key,
  template: promptTemplate(items),
});

/** Few distinct tokens, so that prompts share, split and end inside each other often. */
const anyItem = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 6 }).map((ids) => run(...ids)),
  },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 3 }).map(output) },
);
const anyCalls = fc
  .array(fc.array(anyItem, { maxLength: 4 }), { maxLength: 12 })
  .map((prompts) => prompts.map((items, key) => call(key, ...items)));

function treeOf(calls: readonly TreeCall[]): TemplatedRadixTree {
  const tree = new TemplatedRadixTree();
  for (const each of calls) tree.insert(each);
  return tree;
}

function dependenciesShown(each: TreeCall): number[] {
  const shown = each.template.items.flatMap((item) => (item.kind === 'output' ? item.call : []));
  return [...new Set([...shown, ...(each.after ?? [])])].sort((a, b) => a - b);
}

function commonLength(a: readonly number[], b: readonly number[]): number {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length++;
  return length;
}

describe('the templated radix tree (paper, section 5 and algorithm 2)', () => {
  it('has the shape of its naive twin', () => {
    fc.assert(
      fc.property(anyCalls, (calls) => {
        expect(shapeOf(treeOf(calls))).toEqual(naiveShape(calls));
      }),
    );
  });

  it('stays in a snapshot as it was, whatever comes and goes', () => {
    const items = fc.array(anyItem, { maxLength: 4 });
    const prompts = fc.array(fc.record({ items, after: fc.subarray([0, 1, 2, 3, 100, 101]) }), {
      maxLength: 12,
    });
    const anyChange = fc.record({ before: prompts, later: prompts });
    const look = (paths: TreePaths, calls: readonly TreeCall[]) =>
      calls.map(({ key }) => ({
        waitsFor: paths.dependenciesOf(key),
        path: pathTo(paths, paths.nodeOf(key)).map((node) => ({
          node,
          tokens: paths.edgeLength(node),
          output: paths.placeholderOf(node),
        })),
      }));
    fc.assert(
      fc.property(anyChange, ({ before: prompts, later }) => {
        const callsFrom = (first: number, made: typeof prompts) =>
          made.map(({ items, after }, i) => ({ ...call(first + i, ...items), after }));
        const before = callsFrom(0, prompts);
        const tree = treeOf(before);
        const snapshot = tree.snapshot();
        const seen = look(tree, before);
        const added = callsFrom(100, later);
        for (const { key } of before) tree.remove(key);
        for (const each of added) tree.insert(each);
        expect(look(snapshot, before)).toEqual(seen);
        expect(added.some(({ key }) => snapshot.has(key))).toBe(false);
      }),
    );
  });

  it('has, after calls came and went in any order, the shape of what is left', () => {
    const anyHistory = anyCalls.chain((calls) =>
      fc.record({
        arrivals: fc.shuffledSubarray(calls, { minLength: calls.length }),
        departures: fc.shuffledSubarray(calls),
      }),
    );
    fc.assert(
      fc.property(anyHistory, ({ arrivals, departures }) => {
        const tree = treeOf(arrivals);
        for (const gone of departures) tree.remove(gone.key);
        const left = arrivals.filter((each) => !departures.includes(each));
        expect(shapeOf(tree)).toEqual(naiveShape(left));
      }),
    );
  });

  it('has the shape of what is left while hundreds of calls come, go and come again', () => {
    const random = createPrng(7);
    const pick = (count: number) => Math.floor(random() * count);
    const anyPrompt = (key: number) => {
      const items = Array.from({ length: 1 + pick(5) }, () =>
        pick(4) === 0 ? output(pick(400)) : run(...Array.from({ length: pick(9) }, () => pick(3))),
      );
      const after = Array.from({ length: pick(4) }, () => pick(400));
      return { ...call(key, ...items), after };
    };
    const tree = new TemplatedRadixTree();
    const left = new Map<number, TreeCall>();
    for (let turn = 0; turn < 4000; turn++) {
      // Waves: the tree fills, and empties to a few calls, several times.
      const key = pick(Math.floor(turn / 500) % 2 === 0 ? 400 : 12) * 31;
      if (left.delete(key)) {
        tree.remove(key);
      } else {
        const added = anyPrompt(key);
        left.set(key, added);
        tree.insert(added);
      }
      if (turn % 97 > 0) continue;
      expect(shapeOf(tree)).toEqual(naiveShape([...left.values()]));
      expect(tree.calls()).toEqual([...left.keys()].sort((a, b) => a - b));
      for (const each of left.values()) {
        expect(tree.dependenciesOf(each.key)).toEqual(dependenciesShown(each));
      }
    }
  });

  it('keeps notes of a node for as long as calls pass through it', () => {
    const tree = treeOf([call(1, run(5, 6, 7)), call(2, run(5, 6, 8))]);
    const notes = tree.notes<string>();
    const [fork, leaf] = [tree.parentOf(tree.nodeOf(1))!, tree.nodeOf(2)];
    notes.set(fork, 'fork').set(leaf, 'leaf').set(tree.nodeOf(1), 'stays');
    tree.insert(call(3, run(5, 6)));
    expect(notes.get(tree.nodeOf(3))).toBe('fork');
    tree.remove(3);
    tree.remove(2);
    expect([...notes]).toEqual([[tree.nodeOf(1), 'stays']]);
    tree.insert(call(4, run(5, 6, 8)));
    expect([...notes.values()]).toEqual(['stays']);
  });

  it('takes keys that no 32 bits hold', () => {
    const [low, high] = [5, 5 + 2 ** 40];
    const tree = treeOf([
      call(low, run(1)),
      call(high, run(2), output(low)),
      call(6, output(high)),
    ]);
    expect(tree.calls()).toEqual([low, 6, high]);
    expect(tree.dependenciesOf(6)).toEqual([high]);
    tree.remove(low);
    expect(tree.has(low)).toBe(false);
    expect(tree.dependenciesOf(high)).toEqual([low]);
  });

  it('parts two prompts where their longest common prefix ends', () => {
    fc.assert(
      fc.property(anyCalls, (calls) => {
        const tree = treeOf(calls);
        for (const a of calls) {
          for (const b of calls) {
            const { tokens, placeholders } = prefixLength(tree, commonNode(tree, a.key, b.key));
            expect(tokens + placeholders).toBe(commonLength(symbolsOf(a), symbolsOf(b)));
          }
        }
      }),
    );
  });

  it('holds each distinct static token once, and none when all calls have gone', () => {
    fc.assert(
      fc.property(anyCalls, (calls) => {
        const tree = treeOf(calls);
        const prefixes = calls
          .map(symbolsOf)
          .flatMap((symbols) =>
            symbols.flatMap((symbol, i) => (symbol < 0 ? [] : [symbols.slice(0, i + 1).join()])),
          );
        expect(tree.distinctTokens).toBe(new Set(prefixes).size);
        for (const each of calls) tree.remove(each.key);
        expect(tree.distinctTokens).toBe(0);
        expect(tree.childrenOf(tree.root)).toEqual([]);
      }),
    );
  });

  it('keeps memory in proportion to live tokens while runs come and go', () => {
    const tree = new TemplatedRadixTree();
    for (let round = 0; round < 200; round++) {
      const unique = Int32Array.from({ length: 10_000 }, (_, i) => (i * 7 + round) % 5000);
      tree.insert(call(round, run(1, 2, 3), { kind: 'tokens', tokens: unique }));
      if (round > 0) tree.remove(round - 1);
    }
    expect(tree.distinctTokens).toBe(10_003);
    expect(tree.capacityTokens).toBeLessThan(100_000);
  });

  it('gives memory back where little is left on each page, and keeps that little as it was', () => {
    const tree = new TemplatedRadixTree();
    const long = { kind: 'tokens', tokens: new Int32Array(40_000).fill(7) } as const;
    const kept = Array.from({ length: 30 }, (_, i) => call(i, run(i), output(100 + i), run(8, 9)));
    for (const each of kept) {
      tree.insert(each);
      tree.insert(call(1000, run(50), long));
      tree.remove(1000);
    }
    expect(tree.capacityTokens).toBeLessThan(200_000);
    expect(shapeOf(tree)).toEqual(naiveShape(kept));
    for (const { key } of kept) expect(tree.dependenciesOf(key)).toEqual([100 + key]);
  });

  it('ends a prompt that is a strict prefix of another inside the tree', () => {
    const tree = treeOf([call(1, run(5, 6)), call(2, run(5, 6, 7))]);
    expect(tree.nodeOf(1)).toBe(tree.parentOf(tree.nodeOf(2)));
    tree.remove(2);
    expect(tree.childrenOf(tree.nodeOf(1))).toEqual([]);
  });

  it('keeps prompts apart that begin with different marks below 0', () => {
    const tree = treeOf([call(1, run(-1, 5)), call(2, run(-2, 5)), call(3, run(-1, 5, 6))]);
    expect(prefixLength(tree, commonNode(tree, 1, 2)).tokens).toBe(0);
    expect(prefixLength(tree, commonNode(tree, 1, 3)).tokens).toBe(2);
  });

  it('treats two adjacent runs as one', () => {
    expect(shapeOf(treeOf([call(1, run(5), run(), run(6, 7))]))).toEqual(
      shapeOf(treeOf([call(1, run(5, 6, 7))])),
    );
  });

  it('knows dependencies through placeholders and beside them', () => {
    const tree = treeOf([call(1, run(5))]);
    tree.insert({ ...call(3, run(5), output(2), output(1), output(2)), after: [0, 1] });
    expect(tree.dependenciesOf(3)).toEqual([0, 1, 2]);
  });

  it('refuses a key twice, one that is not there, and one that is no key', () => {
    const tree = treeOf([call(1, run(5))]);
    expect(() => tree.insert(call(1, run(6)))).toThrow(/call 1 is in the tree already/);
    expect(() => tree.remove(2)).toThrow(/call 2 is not in the tree/);
    expect(() => tree.insert(call(-1, run(6)))).toThrow(/call key -1/);
  });
});

/** Static tokens and placeholders from the root to the node. */
function prefixLength(
  tree: TemplatedRadixTree,
  node: TreeNode,
): { tokens: number; placeholders: number } {
  const path = pathTo(tree, node);
  return {
    tokens: path.reduce((sum, step) => sum + tree.edgeLength(step), 0),
    placeholders: path.filter((step) => tree.placeholderOf(step) !== undefined).length,
  };
}

/** Where the prompts of two calls part: their lowest common ancestor. */
function commonNode(tree: TemplatedRadixTree, a: CallKey, b: CallKey): TreeNode {
  const left = pathTo(tree, tree.nodeOf(a));
  const right = pathTo(tree, tree.nodeOf(b));
  let common = tree.root;
  for (let i = 0; i < left.length && left[i] === right[i]; i++) common = left[i]!;
  return common;
}

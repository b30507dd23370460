import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Instance } from './instance.ts';
import { buildPrefixTrie } from './prefix-trie.ts';
import { anyInstance } from './random-instance.cases.ts';

/** Nodes by their items' names, in the order in which they are met: prompts first, then outputs. */
function naiveTrie({ calls, segments }: Instance) {
  const numbers = new Map<string, number>([['', 0]]);
  const depth = [0];
  const nodeOf = (items: readonly number[]): number => {
    const known = numbers.get(items.join());
    if (known !== undefined) return known;
    const item = items.at(-1)!;
    const tokens = item >= 0 ? segments[item]! : calls[~item]!.out;
    depth.push(depth[nodeOf(items.slice(0, -1))]! + tokens);
    numbers.set(items.join(), depth.length - 1);
    return depth.length - 1;
  };
  const paths = calls.map(({ prompt }) =>
    [...prompt].map((_, place) => nodeOf([...prompt.subarray(0, place + 1)])),
  );
  const outputEnd = calls.map(({ prompt }, call) => nodeOf([...prompt, ~call]));
  return { paths, outputEnd, depth };
}

describe('buildPrefixTrie', () => {
  it('numbers the nodes as a naive trie does', () => {
    fc.assert(
      fc.property(anyInstance, (instance) => {
        const trie = buildPrefixTrie(instance);
        const naive = naiveTrie(instance);
        expect(trie.paths.map((path) => [...path])).toEqual(naive.paths);
        expect([...trie.outputEnd]).toEqual(naive.outputEnd);
        expect([...trie.depth]).toEqual(naive.depth);
        expect(trie.nodeCount).toBe(naive.depth.length);
      }),
    );
  });

  it('grows with a batch of far more nodes than calls and segments', () => {
    const prompt = (call: number) => Int32Array.from({ length: 200 }, (_, i) => (i * call) % 7);
    const instance: Instance = {
      name: 'long prompts',
      workers: 1,
      kvCapacity: 10_000,
      maxSeqs: 8,
      maxBatchedTokens: 512,
      segments: Int32Array.from({ length: 7 }, (_, i) => i + 1),
      calls: Array.from({ length: 30 }, (_, call) => ({
        prompt: prompt(call),
        out: 1,
        deps: new Int32Array(0),
        op: 0,
        query: call,
      })),
    };
    const trie = buildPrefixTrie(instance);
    const naive = naiveTrie(instance);
    expect(trie.paths.map((path) => [...path])).toEqual(naive.paths);
    expect([...trie.depth]).toEqual(naive.depth);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Instance } from '../instance.ts';
import { indexInstance } from '../instance-index.ts';
import type { PrefixTrie } from '../prefix-trie.ts';
import { anyInstance } from '../random-instance.cases.ts';
import { type CacheOptions, SimPrefixCache } from './sim-prefix-cache.ts';

/** 1,000 calls of 3 items each, so that there are more nodes than first places. */
const LARGE: Instance = {
  name: 'large',
  workers: 1,
  kvCapacity: 2000,
  maxSeqs: 8,
  maxBatchedTokens: 512,
  segments: Int32Array.from({ length: 1041 }, (_, i) => 1 + (i % 13)),
  calls: Array.from({ length: 1000 }, (_, call) => ({
    prompt: Int32Array.of(call % 4, 4 + (call % 37), 41 + call),
    out: 1 + (call % 5),
    deps: new Int32Array(0),
    op: 0,
    query: call,
  })),
};

/** What a cache answers when calls are admitted, one of `atOnce` at a time finishes, and room is short. */
function answers(
  trie: PrefixTrie,
  instance: Instance,
  order: readonly number[],
  atOnce: number,
  wholeAtMost: number,
  options?: CacheOptions,
): unknown[] {
  const cache = new SimPrefixCache(trie, instance.kvCapacity, options, wholeAtMost);
  return answersOf(cache, trie, instance, order, atOnce);
}

function answersOf(
  cache: SimPrefixCache,
  trie: PrefixTrie,
  instance: Instance,
  order: readonly number[],
  atOnce: number,
): unknown[] {
  const said: unknown[] = [];
  const running: { call: number; path: Int32Array; reserved: number }[] = [];
  const finish = () => {
    const first = running.shift();
    if (first === undefined) return;
    const added = cache.publishOutput(cache.slotOf(trie.outputEnd[first.call]!));
    cache.release(first.path, first.reserved - added);
    said.push(added, cache.evictedTokens);
  };
  for (const call of order) {
    if (running.length >= atOnce) finish();
    const path = cache.pathOf(call);
    const hit = cache.residentLength(path);
    const found = hit === 0 ? 0 : trie.depth[trie.paths[call]![hit - 1]!]!;
    let reserved = trie.depth[trie.promptEnd[call]!]! - found + instance.calls[call]!.out;
    const fits = cache.reserve(path, hit, reserved);
    said.push(hit, fits, cache.evictedTokens);
    if (!fits) continue;
    for (const node of path.subarray(hit)) reserved -= cache.publish(node);
    running.push({ call, path, reserved });
  }
  while (running.length > 0) finish();
  return said;
}

describe('SimPrefixCache', () => {
  it('answers the same whether it keeps all nodes or those that it meets', () => {
    fc.assert(
      fc.property(
        anyInstance,
        fc.integer({ min: 1, max: 4 }),
        fc.integer(),
        fc.boolean(),
        (instance, atOnce, turn, isKept) => {
          const { trie } = indexInstance(instance);
          const calls = [...instance.calls.keys()];
          const from = Math.abs(turn) % calls.length;
          const order = [...calls.slice(from), ...calls.slice(0, from), ...calls];
          const nodes = [...trie.paths[0]!];
          const stepsOf = (node: number) => node % 3;
          const options = isKept ? { preloaded: nodes, kept: { nodes, stepsOf } } : {};
          const whole = answers(trie, instance, order, atOnce, Infinity, options);
          expect(answers(trie, instance, order, atOnce, 0, options)).toEqual(whole);
        },
      ),
    );
  });

  it.each([Infinity, 0])(
    'is after a reset as it was when it was made, %d nodes whole',
    (wholeAtMost) => {
      fc.assert(
        fc.property(anyInstance, fc.integer({ min: 1, max: 4 }), (instance, atOnce) => {
          const { trie } = indexInstance(instance);
          const calls = [...instance.calls.keys()];
          const options = { preloaded: [...trie.paths[0]!] };
          const cache = new SimPrefixCache(trie, instance.kvCapacity, options, wholeAtMost);
          for (const order of [calls, calls.toReversed(), [...calls, ...calls]]) {
            cache.reset();
            const anew = answers(trie, instance, order, atOnce, wholeAtMost, options);
            expect(answersOf(cache, trie, instance, order, atOnce)).toEqual(anew);
          }
        }),
      );
    },
  );

  it('grows with the nodes that it meets', () => {
    const { trie } = indexInstance(LARGE);
    const order = LARGE.calls.map((_, i) => (i * 7919) % LARGE.calls.length);
    const whole = answers(trie, LARGE, [...order, ...order], 6, Infinity);
    expect(answers(trie, LARGE, [...order, ...order], 6, 0)).toEqual(whole);
    expect(whole.at(-1)).toBeGreaterThan(0);
  });
});

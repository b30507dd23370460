import { createPrng } from '@helium/shared';
import { expect, it } from 'vitest';
import type { Access } from './access-trace.ts';
import { beladyHits } from './belady.ts';

/** Prompts of up to four blocks over a small alphabet, each call ended before the next begins. */
function randomTrace(seed: number, calls: number): Access[] {
  const random = createPrng(seed);
  return Array.from({ length: calls }, (_, i): Access[] => {
    let hash = '';
    const hashes = Array.from({ length: 1 + Math.floor(random() * 4) }, () => {
      hash += 'abc'[Math.floor(random() * 3)];
      return hash;
    });
    const call = `c${i}`;
    const begin = {
      kind: 'begin',
      call,
      hashes,
      reusable: hashes.length,
      privateTokens: 0,
    } as const;
    return [begin, { kind: 'end', call }];
  }).flat();
}

/** The best of all ways to evict, by trying them. */
function bestHits(trace: readonly Access[], capacity: number): number {
  const begins = trace.filter((access) => access.kind === 'begin');
  const known = new Map<string, number>();
  const best = (place: number, resident: ReadonlySet<string>): number => {
    const access = begins[place];
    if (access === undefined) return 0;
    const key = `${place} ${[...resident].sort().join(' ')}`;
    const memo = known.get(key);
    if (memo !== undefined) return memo;
    const found = access.hashes.filter((hash) => resident.has(hash)).length;
    const most = Math.max(
      ...roomFor(new Set([...resident, ...access.hashes]), access.hashes, capacity).map((after) =>
        best(place + 1, after),
      ),
    );
    known.set(key, found + most);
    return found + most;
  };
  return best(0, new Set());
}

/** All ways to come down to the capacity by evicting leaves that are not held. */
function roomFor(
  resident: ReadonlySet<string>,
  held: readonly string[],
  capacity: number,
): ReadonlySet<string>[] {
  if (resident.size <= capacity) return [resident];
  const leaves = [...resident].filter(
    (hash) =>
      !held.includes(hash) &&
      ![...resident].some((other) => other !== hash && other.startsWith(hash)),
  );
  return leaves.flatMap((leaf) =>
    roomFor(new Set([...resident].filter((hash) => hash !== leaf)), held, capacity),
  );
}

it('finds as much as the best of all ways to evict', () => {
  for (let seed = 1; seed <= 60; seed++) {
    const trace = randomTrace(seed, 9);
    const capacity = 4 + (seed % 3);
    const sizes = { kvTokens: capacity * 16, blockTokens: 16 };
    expect(beladyHits(trace, sizes), `seed ${seed}`).toBe(16 * bestHits(trace, capacity));
  }
});

it('counts only what may be reused, and keeps what running calls hold', () => {
  const begin = (call: string, hashes: string[], reusable: number): Access => {
    return { kind: 'begin', call, hashes, reusable, privateTokens: 16 };
  };
  const trace: Access[] = [
    begin('a', ['s', 'sa'], 2),
    begin('b', ['s', 'sb'], 1),
    { kind: 'end', call: 'a' },
    { kind: 'end', call: 'b' },
    begin('c', ['s', 'sa'], 1),
    { kind: 'end', call: 'c' },
  ];
  expect(beladyHits(trace, { kvTokens: 160, blockTokens: 16 })).toBe(32);
  expect(beladyHits(trace.slice(0, 4), { kvTokens: 160, blockTokens: 16 })).toBe(16);
});

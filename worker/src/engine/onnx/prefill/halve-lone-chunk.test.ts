import { describe, expect, it } from 'vitest';
import type { PrefillChunk } from '../../../batching/step-executor.ts';
import { halveLoneChunk } from './halve-lone-chunk.ts';

const BLOCK_TOKENS = 16;

function chunkOf(length: number, stored = Math.floor(length / BLOCK_TOKENS)): PrefillChunk {
  const tokens = Int32Array.from({ length }, (_, i) => i);
  const storeAs = Array.from({ length: stored }, (_, i) => 7 + i);
  return { slot: 3, start: 32, tokens, storeAs, last: true };
}

describe('halveLoneChunk', () => {
  it.each([
    [64, 4, 32],
    [100, 6, 64],
    [100, 2, 64],
    [100, 0, 64],
    [128, 8, 64],
  ])('cuts %i tokens, %i blocks of them stored, behind %i', (length, stored, cut) => {
    const chunk = chunkOf(length, stored);
    const [first, second, ...more] = halveLoneChunk([chunk], BLOCK_TOKENS);
    expect(more).toEqual([]);
    expect(first).toMatchObject({ slot: 3, start: 32, last: false });
    expect(second).toMatchObject({ slot: 3, start: 32 + cut, last: true });
    expect(first!.tokens).toEqual(chunk.tokens.slice(0, cut));
    expect(second!.tokens).toEqual(chunk.tokens.slice(cut));
    expect([...first!.storeAs, ...second!.storeAs]).toEqual(chunk.storeAs);
    expect(first!.storeAs).toHaveLength(Math.min(stored, cut / BLOCK_TOKENS));
  });

  it('leaves a chunk that does not end its prompt without an end in either half', () => {
    const halves = halveLoneChunk([{ ...chunkOf(96), last: false }], BLOCK_TOKENS);
    expect(halves.map(({ last }) => last)).toEqual([false, false]);
  });

  it('leaves short chunks, several, and none as they are', () => {
    for (const chunks of [[chunkOf(63)], [chunkOf(96), chunkOf(128)], []]) {
      expect(halveLoneChunk(chunks, BLOCK_TOKENS)).toBe(chunks);
    }
  });
});

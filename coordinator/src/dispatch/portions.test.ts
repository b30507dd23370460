import { describe, expect, it } from 'vitest';
import { atOnce, inTurns, type Portions } from './portions.ts';

function* counted(sizes: readonly number[], done: number[]): Portions<number> {
  let sum = 0;
  for (const size of sizes) {
    done.push(size);
    sum += size;
    yield size;
  }
  return sum;
}

describe('portions of long work', () => {
  it('are all done at once', () => {
    expect(atOnce(counted([1, 2, 3], []))).toBe(6);
  });

  it('have a turn after so many calls, and none before', async () => {
    const done: number[] = [];
    const doneBefore: number[] = [];
    const turn = async () => void doneBefore.push(done.length);
    expect(await inTurns(counted([1, 2, 5, 1, 1, 1, 1], done), turn, 3)).toBe(12);
    expect(doneBefore).toEqual([2, 3, 6]);
  });

  it('reject with what is thrown between two turns', async () => {
    const work = (function* (): Portions<void> {
      yield 1;
      throw new Error('no');
    })();
    await expect(inTurns(work, async () => {}, 1)).rejects.toThrow('no');
  });
});

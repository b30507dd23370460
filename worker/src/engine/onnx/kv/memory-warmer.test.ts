import { describe, expect, it, vi } from 'vitest';
import * as values from '../session-values.ts';
import { MemoryWarmer } from './memory-warmer.ts';

vi.mock('../session-values.ts', { spy: true });

const MIB = 2 ** 20;

/** Bytes taken and given back since it was asked last. */
function traffic() {
  const taken = vi.mocked(values.unwritten).mock.calls.map(([length]) => length * 4);
  const freed = vi.mocked(values.release).mock.calls.length;
  vi.clearAllMocks();
  return { taken: taken.reduce((sum, bytes) => sum + bytes, 0), slices: taken.length, freed };
}

describe('MemoryWarmer', () => {
  it('takes what will be needed slice by slice, then gives all of it back, once', () => {
    const warmer = new MemoryWarmer(20 * MIB, true);
    expect([warmer.step(), warmer.step()]).toEqual([true, true]);
    expect(traffic()).toEqual({ taken: 16 * MIB, slices: 2, freed: 0 });
    expect(warmer.step()).toBe(false);
    expect(traffic()).toEqual({ taken: 4 * MIB, slices: 1, freed: 3 });
    expect(warmer.step()).toBe(false);
    expect(traffic()).toEqual({ taken: 0, slices: 0, freed: 0 });
  });

  it('gives way to a step, and leaves out what that wrote to', () => {
    const warmer = new MemoryWarmer(20 * MIB, true);
    warmer.step();
    warmer.interrupt(5 * MIB);
    expect(traffic()).toEqual({ taken: 8 * MIB, slices: 1, freed: 1 });
    while (warmer.step());
    expect(traffic()).toEqual({ taken: 15 * MIB, slices: 2, freed: 2 });
    const other = new MemoryWarmer(20 * MIB, true);
    other.interrupt(20 * MIB);
    expect(other.step()).toBe(false);
  });

  it('writes to every page', () => {
    const warmer = new MemoryWarmer(MIB, true);
    const page = new Float32Array(MIB / 4).fill(1);
    vi.mocked(values.unwritten).mockReturnValueOnce(page);
    vi.mocked(values.release).mockReturnValueOnce();
    warmer.step();
    for (let at = 0; at < page.length; at += 1024) {
      expect(page.subarray(at, at + 1024).includes(0)).toBe(true);
    }
    traffic();
  });

  it('takes 512 MiB at most, and nothing where the allocator does not keep what is freed', () => {
    vi.mocked(values.unwritten).mockImplementation(() => new Float32Array(1));
    const warmer = new MemoryWarmer(4096 * MIB, true);
    while (warmer.step());
    expect(traffic().slices).toBe(64);
    expect(new MemoryWarmer(MIB, false).step()).toBe(false);
    expect(traffic().slices).toBe(0);
  });
});

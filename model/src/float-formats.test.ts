import { describe, expect, it } from 'vitest';
import { decodeBf16, decodeF16, findNonFinite, HALF_VALUES } from './float-formats.ts';
import { toHalf } from './tiny/encode-floats.ts';

describe('half precision', () => {
  it('reads back every number that it writes', () => {
    const all = Array.from(HALF_VALUES.keys()).filter((bits) => !Number.isNaN(HALF_VALUES[bits]));
    expect(all.filter((bits) => toHalf(HALF_VALUES[bits]!) !== bits)).toEqual([]);
    expect(all.length).toBe(65_536 - 2 * 1023);
  });

  it('rounds to the nearest, ties to even', () => {
    expect(HALF_VALUES[toHalf(1 + 2 ** -11)]).toBe(1);
    expect(HALF_VALUES[toHalf(1 + 3 * 2 ** -11)]).toBe(1 + 2 ** -9);
    expect(HALF_VALUES[toHalf(0.1)]).toBe(0.0999755859375);
    expect(HALF_VALUES[toHalf(70_000)]).toBe(Number.POSITIVE_INFINITY);
  });

  it('knows the landmarks of the format', () => {
    const landmarks = [0x3c00, 0xc000, 0x7bff, 0x0001, 0x0400, 0x7c00];
    expect(landmarks.map((bits) => HALF_VALUES[bits])).toEqual([
      ...[1, -2, 65_504, 2 ** -24, 2 ** -14],
      Number.POSITIVE_INFINITY,
    ]);
  });
});

describe('decoders', () => {
  it('read little-endian halves and bfloats', () => {
    const out = new Float32Array(2);
    decodeF16(Uint8Array.of(0x00, 0x3c, 0x00, 0xc0), out);
    expect([...out]).toEqual([1, -2]);
    decodeBf16(Uint8Array.of(0x80, 0x3f, 0x20, 0xc1), out);
    expect([...out]).toEqual([1, -10]);
  });
});

describe('findNonFinite', () => {
  it('finds the first value that is not finite', () => {
    expect(findNonFinite(Float32Array.of(1, -2, 3e38))).toBe(-1);
    expect(findNonFinite(Float32Array.of(1, Number.NaN, Number.POSITIVE_INFINITY))).toBe(1);
    expect(findNonFinite(Float32Array.of(1, 2, Number.NEGATIVE_INFINITY))).toBe(2);
    for (let length = 1; length < 10; length++) {
      for (let at = 0; at < length; at++) {
        const values = new Float32Array(length).fill(3e38);
        expect(findNonFinite(values)).toBe(-1);
        values[at] = Number.NaN;
        expect(findNonFinite(values)).toBe(at);
      }
    }
  });
});

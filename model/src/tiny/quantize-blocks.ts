import { HALF_VALUES } from '../float-formats.ts';
import { toHalf } from './encode-floats.ts';

/** Calls `encode` for each block of values with a view of its bytes, which are zeros. */
export function encodeBlocks(
  values: Float32Array,
  blockValues: number,
  blockBytes: number,
  encode: (block: Float32Array, view: DataView) => void,
): Uint8Array {
  const count = values.length / blockValues;
  const bytes = new Uint8Array(count * blockBytes);
  for (let block = 0; block < count; block++) {
    const start = block * blockValues;
    const view = new DataView(bytes.buffer, block * blockBytes, blockBytes);
    encode(values.subarray(start, start + blockValues), view);
  }
  return bytes;
}

/** The largest magnitude. */
export function extreme(values: Float32Array): number {
  return values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
}

/** Writes a half and returns its value as it will be read. */
export function writeScale(view: DataView, at: number, scale: number): number {
  const bits = toHalf(scale);
  view.setUint16(at, bits, true);
  return HALF_VALUES[bits]!;
}

/** The nearest whole multiple of `scale` within the limits; 0 where the scale is 0. */
export function quantum(value: number, scale: number, min: number, max: number): number {
  if (scale === 0) return 0;
  return Math.min(max, Math.max(min, Math.round(value / scale)));
}

export function orByte(view: DataView, at: number, bits: number): void {
  view.setUint8(at, view.getUint8(at) | bits);
}

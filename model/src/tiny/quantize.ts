import { HALF_VALUES } from '../float-formats.ts';
import { type Encode, toHalf } from './encode-floats.ts';

/** Simple round-to-nearest quantizers: a block's extremes decide its scale. */
const BLOCK = 32;

export const quantizeQ8_0: Encode = (values) =>
  encodeBlocks(values, BLOCK, 34, (block, view) => {
    const scale = writeScale(view, 0, extreme(block) / 127);
    block.forEach((value, j) => {
      view.setInt8(2 + j, quantum(value, scale, -127, 127));
    });
  });

export const quantizeQ4_0: Encode = (values) =>
  encodeBlocks(values, BLOCK, 18, (block, view) => {
    const scale = writeScale(view, 0, extreme(block) / 7);
    writeNibbles(view, 2, (j) => quantum(block[j]!, scale, -8, 7) + 8);
  });

export const quantizeQ4_1: Encode = (values) =>
  encodeBlocks(values, BLOCK, 20, (block, view) => {
    const [scale, minimum] = writeRange(view, block, 15);
    writeNibbles(view, 4, (j) => quantum(block[j]! - minimum, scale, 0, 15));
  });

export const quantizeQ5_0: Encode = (values) =>
  encodeBlocks(values, BLOCK, 22, (block, view) => {
    const scale = writeScale(view, 0, extreme(block) / 15);
    writeFiveBits(view, 2, (j) => quantum(block[j]!, scale, -16, 15) + 16);
  });

export const quantizeQ5_1: Encode = (values) =>
  encodeBlocks(values, BLOCK, 24, (block, view) => {
    const [scale, minimum] = writeRange(view, block, 31);
    writeFiveBits(view, 4, (j) => quantum(block[j]! - minimum, scale, 0, 31));
  });

export const quantizeQ6_K: Encode = (values) =>
  encodeBlocks(values, 256, 210, (block, view) => {
    const groups = Array.from({ length: 16 }, (_, group) =>
      extreme(block.subarray(group * 16, group * 16 + 16)),
    );
    const scale = writeScale(view, 208, Math.max(...groups) / 31 / 127);
    const factors = groups.map((size) => quantum(size / 31, scale, 0, 127));
    factors.forEach((factor, group) => {
      view.setInt8(192 + group, factor);
    });
    block.forEach((value, i) => {
      const quant = quantum(value, scale * factors[i >> 4]!, -32, 31) + 32;
      const [half, quarter, j] = [i >> 7, (i >> 5) & 3, i & 31];
      orByte(view, half * 64 + (quarter & 1) * 32 + j, (quant & 15) << ((quarter >> 1) * 4));
      orByte(view, 128 + half * 32 + j, (quant >> 4) << (quarter * 2));
    });
  });

function encodeBlocks(
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

function extreme(values: Float32Array): number {
  return values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
}

/** Writes a half and returns its value as it will be read. */
function writeScale(view: DataView, at: number, scale: number): number {
  const bits = toHalf(scale);
  view.setUint16(at, bits, true);
  return HALF_VALUES[bits]!;
}

function writeRange(view: DataView, block: Float32Array, steps: number): [number, number] {
  const minimum = Math.min(...block);
  const scale = writeScale(view, 0, (Math.max(...block) - minimum) / steps);
  return [scale, writeScale(view, 2, minimum)];
}

function quantum(value: number, scale: number, min: number, max: number): number {
  if (scale === 0) return 0;
  return Math.min(max, Math.max(min, Math.round(value / scale)));
}

function writeNibbles(view: DataView, at: number, quantOf: (j: number) => number): void {
  for (let j = 0; j < 16; j++) view.setUint8(at + j, quantOf(j) | (quantOf(j + 16) << 4));
}

function writeFiveBits(view: DataView, at: number, quantOf: (j: number) => number): void {
  for (let j = 0; j < BLOCK; j++) orByte(view, at + (j >> 3), (quantOf(j) >> 4) << (j & 7));
  writeNibbles(view, at + 4, (j) => quantOf(j) & 15);
}

function orByte(view: DataView, at: number, bits: number): void {
  view.setUint8(at, view.getUint8(at) | bits);
}

import type { Encode } from './encode-floats.ts';
import { encodeBlocks, extreme, orByte, quantum, writeScale } from './quantize-blocks.ts';

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

function writeRange(view: DataView, block: Float32Array, steps: number): [number, number] {
  const minimum = Math.min(...block);
  const scale = writeScale(view, 0, (Math.max(...block) - minimum) / steps);
  return [scale, writeScale(view, 2, minimum)];
}

function writeNibbles(view: DataView, at: number, quantOf: (j: number) => number): void {
  for (let j = 0; j < 16; j++) view.setUint8(at + j, quantOf(j) | (quantOf(j + 16) << 4));
}

function writeFiveBits(view: DataView, at: number, quantOf: (j: number) => number): void {
  for (let j = 0; j < BLOCK; j++) orByte(view, at + (j >> 3), (quantOf(j) >> 4) << (j & 7));
  writeNibbles(view, at + 4, (j) => quantOf(j) & 15);
}

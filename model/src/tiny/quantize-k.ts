import type { Encode } from './encode-floats.ts';
import { encodeBlocks, extreme, orByte, quantum, writeScale } from './quantize-blocks.ts';

/** Round-to-nearest quantizers of ggml's super-blocks: groups' extremes decide their scales. */
const VALUES = 256;
const GROUP = 32;

export const quantizeQ4_K: Encode = (values) =>
  encodeBlocks(values, VALUES, 144, (block, view) => {
    const groups = writeGroups(view, block, 15);
    block.forEach((value, i) => {
      const quant = quantOf(value, groups[Math.floor(i / GROUP)]!, 15);
      orByte(view, 16 + (i >> 6) * GROUP + (i & 31), quant << (((i >> 5) & 1) * 4));
    });
  });

export const quantizeQ5_K: Encode = (values) =>
  encodeBlocks(values, VALUES, 176, (block, view) => {
    const groups = writeGroups(view, block, 31);
    block.forEach((value, i) => {
      const quant = quantOf(value, groups[Math.floor(i / GROUP)]!, 31);
      orByte(view, 48 + (i >> 6) * GROUP + (i & 31), (quant & 15) << (((i >> 5) & 1) * 4));
      orByte(view, 16 + (i & 31), (quant >> 4) << (i >> 5));
    });
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

interface Group {
  readonly scale: number;
  readonly minimum: number;
}

function quantOf(value: number, { scale, minimum }: Group, steps: number): number {
  return quantum(value + minimum, scale, 0, steps);
}

/**
 * Writes the scales and minimums of Q4_K and Q5_K: two halves, and six bits of each for eight groups.
 * Returns them as they will be read: value = scale × quant − minimum.
 */
function writeGroups(view: DataView, block: Float32Array, steps: number): Group[] {
  const ranges = Array.from({ length: VALUES / GROUP }, (_, group) => {
    const values = block.subarray(group * GROUP, (group + 1) * GROUP);
    const minimum = Math.max(0, -Math.min(...values));
    return { scale: (Math.max(...values) + minimum) / steps, minimum };
  });
  const scale = writeScale(view, 0, Math.max(...ranges.map((range) => range.scale)) / 63);
  const minimum = writeScale(view, 2, Math.max(...ranges.map((range) => range.minimum)) / 63);
  return ranges.map((range, group) => {
    const factors = [
      quantum(range.scale, scale, 0, 63),
      quantum(range.minimum, minimum, 0, 63),
    ] as const;
    writeFactors(view, group, factors);
    return { scale: scale * factors[0], minimum: minimum * factors[1] };
  });
}

/** Four plain pairs of bytes, then four pairs split over three bytes (see dequantize/k-quants.ts). */
function writeFactors(
  view: DataView,
  group: number,
  [scale, minimum]: readonly [number, number],
): void {
  if (group < 4) {
    orByte(view, 4 + group, scale);
    orByte(view, 8 + group, minimum);
    return;
  }
  orByte(view, 8 + group, (scale & 15) | ((minimum & 15) << 4));
  orByte(view, group, (scale >> 4) << 6);
  orByte(view, 4 + group, (minimum >> 4) << 6);
}

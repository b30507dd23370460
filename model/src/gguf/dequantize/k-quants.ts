import { type Decode, readHalf } from '../../float-formats.ts';

/** Super-blocks of 256 values, as laid out in ggml's ggml-common.h. */
const VALUES = 256;

/** 144 bytes: scale and minimum scale (halves), 12 bytes of 6-bit pairs, 128 of nibbles. */
export const dequantizeQ4_K: Decode = (bytes, out) => {
  for (let i = 0, at = 0; i < out.length; i += VALUES, at += 144) {
    const scale = readHalf(bytes, at);
    const minimum = readHalf(bytes, at + 2);
    for (let group = 0; group < 8; group++) {
      const [d, m] = readScalePair(bytes, at + 4, group);
      const shift = (group & 1) * 4;
      const nibbles = at + 16 + (group >> 1) * 32;
      for (let j = 0; j < 32; j++) {
        const quant = (bytes[nibbles + j]! >> shift) & 15;
        out[i + group * 32 + j] = scale * d * quant - minimum * m;
      }
    }
  }
};

/** 176 bytes: as Q4_K with 32 bytes of fifth bits, one bit plane per group of 32 values. */
export const dequantizeQ5_K: Decode = (bytes, out) => {
  for (let i = 0, at = 0; i < out.length; i += VALUES, at += 176) {
    const scale = readHalf(bytes, at);
    const minimum = readHalf(bytes, at + 2);
    for (let group = 0; group < 8; group++) {
      const [d, m] = readScalePair(bytes, at + 4, group);
      const shift = (group & 1) * 4;
      const nibbles = at + 48 + (group >> 1) * 32;
      for (let j = 0; j < 32; j++) {
        const fifth = (bytes[at + 16 + j]! >> group) & 1;
        const quant = ((bytes[nibbles + j]! >> shift) & 15) | (fifth << 4);
        out[i + group * 32 + j] = scale * d * quant - minimum * m;
      }
    }
  }
};

/** 210 bytes: 128 of nibbles, 64 of bit pairs, 16 signed scales, the super-block's scale (half). */
export const dequantizeQ6_K: Decode = (bytes, out) => {
  for (let i = 0, at = 0; i < out.length; i += VALUES, at += 210) {
    const scale = readHalf(bytes, at + 208);
    for (let group = 0; group < 8; group++) {
      const half = group >> 2;
      const quarter = group & 3;
      const nibbles = at + half * 64 + (quarter & 1) * 32;
      const pairs = at + 128 + half * 32;
      const scales = at + 192 + half * 8 + quarter * 2;
      for (let j = 0; j < 32; j++) {
        const low = (bytes[nibbles + j]! >> ((quarter >> 1) * 4)) & 15;
        const high = (bytes[pairs + j]! >> (quarter * 2)) & 3;
        const factor = (bytes[scales + (j >> 4)]! << 24) >> 24;
        out[i + group * 32 + j] = scale * factor * ((low | (high << 4)) - 32);
      }
    }
  }
};

/** The 6-bit scale and minimum of a group of 32: four plain ones, then four split over three bytes. */
function readScalePair(bytes: Uint8Array, at: number, group: number): readonly [number, number] {
  const byte = (index: number) => bytes[at + index]!;
  if (group < 4) return [byte(group) & 63, byte(group + 4) & 63];
  return [
    (byte(group + 4) & 15) | ((byte(group - 4) >> 6) << 4),
    (byte(group + 4) >> 4) | ((byte(group) >> 6) << 4),
  ];
}

import { type Decode, readHalf } from '../../float-formats.ts';

/** 32 values in 22 bytes: scale (half), 32 high bits, nibbles; value = scale × (five bits − 16). */
export const dequantizeQ5_0: Decode = (bytes, out) => {
  for (let i = 0, at = 0; i < out.length; i += 32, at += 22) {
    const scale = readHalf(bytes, at);
    for (let j = 0; j < 16; j++) {
      out[i + j] = scale * (lowFive(bytes, at + 2, j) - 16);
      out[i + j + 16] = scale * (highFive(bytes, at + 2, j) - 16);
    }
  }
};

/** 32 values in 24 bytes: scale and minimum (halves), 32 high bits, nibbles. */
export const dequantizeQ5_1: Decode = (bytes, out) => {
  for (let i = 0, at = 0; i < out.length; i += 32, at += 24) {
    const scale = readHalf(bytes, at);
    const minimum = readHalf(bytes, at + 2);
    for (let j = 0; j < 16; j++) {
      out[i + j] = scale * lowFive(bytes, at + 4, j) + minimum;
      out[i + j + 16] = scale * highFive(bytes, at + 4, j) + minimum;
    }
  }
};

/** `at` is where the four bytes of high bits are; the sixteen of nibbles follow. */
function lowFive(bytes: Uint8Array, at: number, j: number): number {
  return (bytes[at + 4 + j]! & 15) | (highBit(bytes, at, j) << 4);
}

function highFive(bytes: Uint8Array, at: number, j: number): number {
  return (bytes[at + 4 + j]! >> 4) | (highBit(bytes, at, j + 16) << 4);
}

function highBit(bytes: Uint8Array, at: number, index: number): number {
  return (bytes[at + (index >> 3)]! >> (index & 7)) & 1;
}

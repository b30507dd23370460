import { type Decode, readHalf } from '../../float-formats.ts';

/** 32 values in 18 bytes: scale (half), 16 bytes of nibbles; value = scale × (nibble − 8). */
export const dequantizeQ4_0: Decode = (bytes, out) => {
  for (let i = 0, at = 0; i < out.length; i += 32, at += 18) {
    const scale = readHalf(bytes, at);
    for (let j = 0; j < 16; j++) {
      const pair = bytes[at + 2 + j]!;
      out[i + j] = scale * ((pair & 15) - 8);
      out[i + j + 16] = scale * ((pair >> 4) - 8);
    }
  }
};

/** 32 values in 20 bytes: scale and minimum (halves), nibbles; value = scale × nibble + minimum. */
export const dequantizeQ4_1: Decode = (bytes, out) => {
  for (let i = 0, at = 0; i < out.length; i += 32, at += 20) {
    const scale = readHalf(bytes, at);
    const minimum = readHalf(bytes, at + 2);
    for (let j = 0; j < 16; j++) {
      const pair = bytes[at + 4 + j]!;
      out[i + j] = scale * (pair & 15) + minimum;
      out[i + j + 16] = scale * (pair >> 4) + minimum;
    }
  }
};

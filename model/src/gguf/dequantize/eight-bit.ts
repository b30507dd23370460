import { type Decode, readHalf } from '../../float-formats.ts';

/** 32 values in 34 bytes: scale (half), 32 signed bytes; value = scale × byte. */
export const dequantizeQ8_0: Decode = (bytes, out) => {
  for (let i = 0, at = 0; i < out.length; i += 32, at += 34) {
    const scale = readHalf(bytes, at);
    for (let j = 0; j < 32; j++) out[i + j] = scale * ((bytes[at + 2 + j]! << 24) >> 24);
  }
};

import { type Decode, decodeBf16, decodeF16, decodeF32 } from '../float-formats.ts';
import { dequantizeQ8_0 } from './dequantize/eight-bit.ts';
import { dequantizeQ5_0, dequantizeQ5_1 } from './dequantize/five-bit.ts';
import { dequantizeQ4_0, dequantizeQ4_1 } from './dequantize/four-bit.ts';
import { dequantizeQ4_K, dequantizeQ5_K, dequantizeQ6_K } from './dequantize/k-quants.ts';

/** How values of one ggml type are stored: whole blocks along the fastest dimension. */
export interface TensorType {
  readonly name: string;
  readonly blockValues: number;
  readonly blockBytes: number;
  readonly decode: Decode;
}

const type = (name: string, blockValues: number, blockBytes: number, decode: Decode) => ({
  name,
  blockValues,
  blockBytes,
  decode,
});

/** The supported types by ggml's number (ggml.h, enum ggml_type). */
export const TENSOR_TYPES: Readonly<Record<number, TensorType>> = {
  0: type('F32', 1, 4, decodeF32),
  1: type('F16', 1, 2, decodeF16),
  2: type('Q4_0', 32, 18, dequantizeQ4_0),
  3: type('Q4_1', 32, 20, dequantizeQ4_1),
  6: type('Q5_0', 32, 22, dequantizeQ5_0),
  7: type('Q5_1', 32, 24, dequantizeQ5_1),
  8: type('Q8_0', 32, 34, dequantizeQ8_0),
  12: type('Q4_K', 256, 144, dequantizeQ4_K),
  13: type('Q5_K', 256, 176, dequantizeQ5_K),
  14: type('Q6_K', 256, 210, dequantizeQ6_K),
  30: type('BF16', 1, 2, decodeBf16),
};

/** Names of the supported types, for messages. */
export const TENSOR_TYPE_NAMES = Object.values(TENSOR_TYPES).map(({ name }) => name);

/** ONNX's numbers for the element types in use (TensorProto.DataType). */
export const ELEMENT_TYPE = { float32: 1, uint8: 2, int8: 3, int64: 7, bool: 9 } as const;

export type ElementType = keyof typeof ELEMENT_TYPE;

export type TensorData = Float32Array | Uint8Array | Int8Array | BigInt64Array;

/** The element type a typed array stands for. */
export function elementTypeOf(data: TensorData): ElementType {
  if (data instanceof Float32Array) return 'float32';
  if (data instanceof Uint8Array) return 'uint8';
  if (data instanceof Int8Array) return 'int8';
  return 'int64';
}

/** The array's memory as bytes, without a copy. Little-endian machines only, as ONNX's raw data is. */
export function bytesOf(data: TensorData): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** Where a tensor lies in the weight file that all graphs of a model share. */
export interface StoredTensor {
  readonly name: string;
  readonly type: ElementType;
  readonly dims: readonly number[];
  readonly offset: number;
  readonly bytes: number;
}

import { HeliumError, invariant } from '@helium/shared';
import { type InferenceSession, Tensor } from 'onnxruntime-node';
import { ZERO_POINT } from './graph/linear.ts';

/** Added to a masked score: its exponential is exactly 0. */
export const MASKED = -1e30;

/** Runs a session. Throws ENGINE_FAILED with onnxruntime's words. */
export async function runSession(
  session: InferenceSession,
  feeds: Record<string, Tensor>,
): Promise<InferenceSession.OnnxValueMapType> {
  try {
    return await session.run(feeds);
  } catch (cause) {
    throw new HeliumError('ENGINE_FAILED', `onnxruntime: ${String(cause)}`, { cause });
  }
}

export function floats(outputs: InferenceSession.OnnxValueMapType, name: string): Float32Array {
  const data = outputs[name]?.data;
  invariant(data instanceof Float32Array, `graph output ${name} is not float32`);
  return data;
}

/** Gives an array's memory back at once: to the garbage collector a few megabytes a step are a reason to run. */
export function release(values: Float32Array): void {
  (values.buffer as ArrayBuffer).transfer(0);
}

/** An array of anything: it is not cleared, so that the system gives it pages only where it is written to. */
export function unwritten(length: number): Float32Array {
  const { buffer } = Buffer.allocUnsafeSlow(length * Float32Array.BYTES_PER_ELEMENT);
  return new Float32Array(buffer, 0, length);
}

export function int64s(values: readonly number[], dims: readonly number[]): Tensor {
  return new Tensor('int64', BigInt64Array.from(values, BigInt), dims);
}

/** The graphs' input `zeroPoints`, uint8 [rows, 1]. */
export function zeroPoints(rows: number): Tensor {
  return new Tensor('uint8', new Uint8Array(rows).fill(ZERO_POINT), [rows, 1]);
}

import { InferenceSession } from 'onnxruntime-node';
import { quietRuntime } from '../quiet-runtime.ts';

/**
 * Opens a graph, a file or its bytes; `settings` are onnxruntime's own names for what has no option. Its kernels take
 * floats smaller than normal ones for 0 on the threads that do so, see `flushDenormals`, and on those that onnxruntime
 * starts. Rejects with what onnxruntime gives.
 */
export function createSession(
  graph: string | Uint8Array,
  options: InferenceSession.SessionOptions,
  settings: Readonly<Record<string, string>> = {},
): Promise<InferenceSession> {
  quietRuntime();
  const session = { ...settings, set_denormal_as_zero: '1' };
  const flushing = { ...options, extra: { session } };
  return typeof graph === 'string'
    ? InferenceSession.create(graph, flushing)
    : InferenceSession.create(graph, flushing);
}

import { InferenceSession } from 'onnxruntime-node';
import { quietRuntime } from '../quiet-runtime.ts';

/** Opens a graph, a file or its bytes. Rejects with what onnxruntime gives. */
export function createSession(
  graph: string | Uint8Array,
  options: InferenceSession.SessionOptions,
): Promise<InferenceSession> {
  quietRuntime();
  return typeof graph === 'string'
    ? InferenceSession.create(graph, options)
    : InferenceSession.create(graph, options);
}

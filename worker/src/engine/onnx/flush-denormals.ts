import { createSession } from './create-session.ts';

/**
 * A graph that gives back what it is given, as `OnnxGraph` writes it: whoever calls this has no other use for the
 * modules that would.
 */
export const SMALLEST_GRAPH =
  'CAo6QwofCgJpbhIDb3V0GgpJZGVudGl0eV8wIghJZGVudGl0eRIHZGVjb2RlcloK' +
  'CgJpbhIECgIIAWILCgNvdXQSBAoCCAFCBAoAEBVCEQoNY29tLm1pY3Jvc29mdBAB';

/**
 * Makes the calling thread, and all that it starts from then on, take floats and doubles of less than a normal one's
 * size (denormals) for 0. What is masked gets such weights in softmax, and Intel's processors take some 150 cycles for each
 * vector with one of them. A thread's processor state decides it, onnxruntime's first session of a process sets
 * it, on the thread that opens it, and threads inherit it: so this is for a process's main thread, before an engine's threads
 * are started. Later calls do nothing, nor does one after another session was opened elsewhere: then `probeArithmetic` tells
 * of other bits.
 */
export async function flushDenormals(): Promise<void> {
  const session = await createSession(Buffer.from(SMALLEST_GRAPH, 'base64'), {
    intraOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  await session.release();
}

import { HeliumError } from '@helium/shared';
import { InferenceSession } from 'onnxruntime-node';
import type { CachedGraphs } from './cache/graph-cache.ts';
import { type Device, deviceOptions } from './device.ts';

/** The sessions that decode: their kernels run on at most `threads` threads. */
export interface Sessions {
  readonly decode: InferenceSession;
  readonly head: InferenceSession;
}

export interface SessionOptions {
  readonly threads: number;
  readonly device: Device;
}

/** Opens the graphs of decoding and of the head. Throws ENGINE_FAILED where onnxruntime refuses one. */
export async function openSessions(
  graphs: CachedGraphs,
  options: SessionOptions,
): Promise<Sessions> {
  return {
    decode: await openSession(graphs.decode, options),
    head: await openSession(graphs.head, options),
  };
}

export async function closeSessions({ decode, head }: Sessions): Promise<void> {
  for (const session of [decode, head]) await session.release();
}

/** Opens one graph. Throws ENGINE_FAILED where onnxruntime refuses it. */
export async function openSession(
  path: string,
  { threads, device }: SessionOptions,
): Promise<InferenceSession> {
  try {
    return await InferenceSession.create(path, {
      intraOpNumThreads: threads,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      logSeverityLevel: 3,
      ...deviceOptions(device),
      extra: { session: threads === 1 ? {} : threadSettings(threads) },
    });
  } catch (cause) {
    throw new HeliumError('ENGINE_FAILED', `onnxruntime cannot load ${path}: ${String(cause)}`, {
      cause,
    });
  }
}

/**
 * onnxruntime's own threads get one core each, from the second on (its numbering starts at 1): left
 * to the system they were seen spinning against the calling thread on one core. They stop spinning
 * when a run ends, because the other session's threads then want the cores.
 */
function threadSettings(threads: number): Record<string, string> {
  const cores = Array.from({ length: threads - 1 }, (_, i) => i + 2);
  return { intra_op_thread_affinities: cores.join(';'), force_spinning_stop: '1' };
}

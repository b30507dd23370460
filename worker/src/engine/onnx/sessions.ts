import { setImmediate as nextTurn } from 'node:timers/promises';
import { HeliumError } from '@helium/shared';
import type { InferenceSession } from 'onnxruntime-node';
import type { CachedGraphs } from './cache/graph-cache.ts';
import { createSession } from './create-session.ts';
import { type Device, deviceOptions } from './device.ts';

/** The sessions that decode: their kernels run on at most `threads` threads. */
export interface Sessions {
  readonly decode: LaterSession;
  readonly head: InferenceSession;
}

export interface SessionOptions {
  readonly threads: number;
  readonly device: Device;
}

/** Opens the head's graph; decoding's opens later, see there. Throws ENGINE_FAILED where onnxruntime refuses it. */
export async function openSessions(
  graphs: CachedGraphs,
  options: SessionOptions,
): Promise<Sessions> {
  return {
    decode: new LaterSession(() => openSession(graphs.decode, options)),
    head: await openSession(graphs.head, options),
  };
}

export async function closeSessions({ decode, head }: Sessions): Promise<void> {
  await decode.close();
  await head.release();
}

/** A session that opens when it is asked for first: a prompt's first token needs none that decodes. */
export class LaterSession {
  readonly #open: () => Promise<InferenceSession>;
  #session: Promise<InferenceSession> | undefined;

  constructor(open: () => Promise<InferenceSession>) {
    this.#open = open;
  }

  /** Each time the same. Rejects, each time, with ENGINE_FAILED where onnxruntime refuses the graph. */
  get(): Promise<InferenceSession> {
    this.#session ??= this.#open();
    return this.#session;
  }

  /** Opens it in the next turn of the event loop, after what is to be said before. Rejects as `get`. */
  async prepare(): Promise<void> {
    await nextTurn();
    await this.get();
  }

  /** Waits for what is being opened. */
  async close(): Promise<void> {
    const opening = this.#session;
    this.#session ??= Promise.reject(new HeliumError('ENGINE_FAILED', 'the session was closed'));
    this.#session.catch(() => {});
    const session = await opening?.catch(() => undefined);
    await session?.release();
  }
}

/** Opens one graph. Throws ENGINE_FAILED where onnxruntime refuses it. */
export async function openSession(
  path: string,
  { threads, device }: SessionOptions,
): Promise<InferenceSession> {
  try {
    const options = {
      intraOpNumThreads: threads,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      logSeverityLevel: 3,
      ...deviceOptions(device),
    } as const;
    return await createSession(path, options, threads === 1 ? {} : threadSettings(threads));
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

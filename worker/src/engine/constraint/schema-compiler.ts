import { setTimeout as wait } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { HeliumError } from '@helium/shared';
import { fromPlainError } from '../engine-message.ts';
import type { AutomatonTables } from './automaton-tables.ts';
import type { CompileReply, CompileRequest } from './compile-message.ts';
import type { VocabularyBytes, VocabularyTrie } from './vocabulary-trie.ts';

export interface SchemaCompilerOptions {
  /** Computing time of one schema at most; counted as the thread's own, so that load has no part in it. */
  readonly cpuMsMax?: number;
  /** MiB that JavaScript objects of the thread may take. */
  readonly heapMibMax?: number;
}

const CPU_MS_MAX = 1000;
const HEAP_MIB_MAX = 256;
/** How often the computing time is looked at. */
const WATCH_MS = 20;
/** So much of a schema stands in the errors about it. */
const TOLD_CHARACTERS = 120;

/**
 * Compiles schemas on a thread of its own, one at a time, within limits of time and memory; beyond them the
 * thread is killed and the next schema gets another. The thread starts with the first request and does
 * not keep the process alive.
 */
export class SchemaCompiler {
  readonly #cpuMsMax: number;
  readonly #heapMibMax: number;
  #thread: Promise<Worker> | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(options: SchemaCompilerOptions = {}) {
    this.#cpuMsMax = options.cpuMsMax ?? CPU_MS_MAX;
    this.#heapMibMax = options.heapMibMax ?? HEAP_MIB_MAX;
  }

  /** Rejects with OPTIONS_INVALID for a schema that cannot be kept to, or not within the limits. */
  async compile(schema: string): Promise<AutomatonTables> {
    const reply = await this.#inTurn({ kind: 'schema', schema }, beginOf(schema));
    return (reply as Extract<CompileReply, { kind: 'schema' }>).tables;
  }

  async buildTrie(vocabulary: VocabularyBytes): Promise<VocabularyTrie> {
    const reply = await this.#inTurn({ kind: 'vocabulary', vocabulary }, 'the vocabulary');
    return (reply as Extract<CompileReply, { kind: 'vocabulary' }>).trie;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const thread = this.#thread;
    this.#thread = undefined;
    await (await thread)?.terminate();
  }

  #inTurn(request: CompileRequest, what: string): Promise<CompileReply> {
    const reply = this.#last.then(() => this.#ask(request, what));
    this.#last = reply.catch(() => {});
    return reply;
  }

  async #ask(request: CompileRequest, what: string): Promise<CompileReply> {
    if (this.#isClosed) throw new HeliumError('QUEUE_FULL', 'the engine is closed');
    this.#thread ??= startThread(this.#heapMibMax);
    const thread = await this.#thread.catch((thrown) => {
      this.#thread = undefined;
      throw thrown;
    });
    const answer = this.#answerOf(thread, what);
    const watch = new AbortController();
    const overTime = this.#watch(thread, what, watch.signal);
    thread.postMessage(request);
    try {
      return await Promise.race([answer, overTime]);
    } finally {
      watch.abort();
    }
  }

  #answerOf(thread: Worker, what: string): Promise<CompileReply> {
    return new Promise((resolve, reject) => {
      const settle = (carryOn: () => void) => {
        thread.removeAllListeners('message').removeAllListeners('error').removeAllListeners('exit');
        // What a thread that was given up says while it dies is nobody's.
        thread.on('error', () => {});
        carryOn();
      };
      thread.on('message', (reply: CompileReply) =>
        settle(() =>
          reply.kind === 'refused' ? reject(fromPlainError(reply.error)) : resolve(reply),
        ),
      );
      thread.on('error', (error: NodeJS.ErrnoException) => {
        this.#thread = undefined;
        const isMemory = error.code === 'ERR_WORKER_OUT_OF_MEMORY';
        settle(() => reject(isMemory ? this.#tooLarge(what) : HeliumError.from(error)));
      });
      thread.on('exit', () => {
        settle(() => reject(new HeliumError('QUEUE_FULL', 'the engine is closed')));
      });
    });
  }

  /** Never resolves; kills the thread when it has computed for too long. */
  async #watch(thread: Worker, what: string, signal: AbortSignal): Promise<never> {
    try {
      const before = await cpuMs(thread);
      for (;;) {
        await wait(WATCH_MS, undefined, { signal });
        if ((await cpuMs(thread)) - before > this.#cpuMsMax) break;
      }
    } catch {
      // It has answered, or is gone: the answer says how it went.
      return new Promise<never>(() => {});
    }
    if (signal.aborted) return new Promise<never>(() => {});
    this.#thread = undefined;
    thread.removeAllListeners('exit');
    await thread.terminate();
    throw new HeliumError(
      'OPTIONS_INVALID',
      `${what}: compiling takes more than ${this.#cpuMsMax} ms of computing; its patterns, repetitions or nested alternatives are too many`,
      { details: { cpuMsMax: this.#cpuMsMax } },
    );
  }

  #tooLarge(what: string): HeliumError {
    return new HeliumError(
      'OPTIONS_INVALID',
      `${what}: compiling takes more than ${this.#heapMibMax} MiB; its patterns, repetitions or nested alternatives are too many`,
      { details: { heapMibMax: this.#heapMibMax } },
    );
  }
}

async function startThread(heapMib: number): Promise<Worker> {
  const thread = new Worker(new URL('./compile-worker.ts', import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: heapMib },
  });
  thread.unref();
  await new Promise<void>((resolve, reject) => {
    thread.once('message', () => resolve());
    thread.once('error', reject);
  });
  return thread;
}

async function cpuMs(thread: Worker): Promise<number> {
  const { user, system } = await thread.cpuUsage();
  return (user + system) / 1000;
}

function beginOf(schema: string): string {
  const begin = schema.length > TOLD_CHARACTERS ? `${schema.slice(0, TOLD_CHARACTERS)}…` : schema;
  return `the output schema ${begin}`;
}

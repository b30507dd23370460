import { Worker } from 'node:worker_threads';
import {
  assertNever,
  type Call,
  type CallId,
  HeliumError,
  invariant,
  type PrefixDirective,
  type ResidencySnapshot,
} from '@helium/shared';
import { tokenizerDigest } from '@helium/shared/tokenizer/spec';
import { errorResult } from '../batching/error-result.ts';
import type { Engine, EngineDescription, EngineEvent } from './engine.ts';
import type { EngineConfig, EngineIdentity } from './engine-config.ts';
import { type EngineReply, type EngineRequest, fromPlainError } from './engine-message.ts';
import { serveFileChecks } from './file-checks.ts';
import { quietRuntime } from './quiet-runtime.ts';
import { startSibling, type ThreadRequest } from './sibling-thread.ts';

export interface StartedEngine {
  readonly engine: Engine;
  readonly identity: EngineIdentity;
}

export interface EngineThreadOptions {
  /** Told what a person may want to know. */
  readonly notice?: (message: string) => void;
  /** The thread's entry module; it must call `hostEngine`. */
  readonly module?: URL;
}

/**
 * Builds the engine of a config on a thread of its own, where nothing it does can hold up this one.
 * For one that computes on onnxruntime this thread takes denormals for 0 from then on, see `flushDenormals`.
 * Rejects with the error of a model or config that cannot be used, ENGINE_FAILED where the thread
 * dies, when all its threads have ended: a process that exits while one still loads the runtime aborts.
 */
export async function startEngine(
  config: EngineConfig,
  listener?: (event: EngineEvent) => void,
  options: EngineThreadOptions = {},
): Promise<StartedEngine> {
  quietRuntime();
  if (config.engine === 'onnx') {
    // The runtime is imported only here: who holds a sim engine never loads it.
    const { flushDenormals } = await import('./onnx/flush-denormals.ts');
    await flushDenormals();
  }
  const module = options.module ?? new URL('./engine-worker.ts', import.meta.url);
  const thread = new Worker(module, { workerData: config });
  return new Promise((resolve, reject) => {
    const engine = new ThreadEngine(thread, options.notice ?? (() => {}), (outcome) => {
      if (!(outcome instanceof HeliumError)) resolve({ engine, identity: outcome });
      else engine.close().then(() => reject(outcome), reject);
    });
    if (listener !== undefined) engine.onEvent(listener);
  });
}

type Outcome = EngineIdentity | HeliumError;
interface Answer {
  resolve(snapshot: ResidencySnapshot | undefined): void;
  reject(error: HeliumError): void;
}

/** An engine whose work is done elsewhere: it forwards, and knows which calls are not finished. */
class ThreadEngine implements Engine {
  readonly #thread: Worker;
  readonly #notice: (message: string) => void;
  readonly #started: (outcome: Outcome) => void;
  readonly #unfinished = new Map<CallId, Call>();
  readonly #answers = new Map<number, Answer>();
  readonly #exited: Promise<void>;
  /** The threads it asked for: each ends when it does. */
  readonly #siblings: Promise<void>[] = [];
  #identity: EngineIdentity | undefined;
  #description: EngineDescription | undefined;
  #listener: ((event: EngineEvent) => void) | undefined;
  #requests = 0;
  #isClosing = false;
  /** Why nothing can be asked of the thread any more. */
  #dead: HeliumError | undefined;
  /** It said so itself: its thread lives. */
  #hasFailed = false;

  constructor(
    thread: Worker,
    notice: (message: string) => void,
    started: (outcome: Outcome) => void,
  ) {
    this.#thread = thread;
    this.#notice = notice;
    this.#started = started;
    thread.on('message', (reply: EngineReply) => this.#receive(reply));
    // Not before it has ended: what it had posted until then comes after its error, and counts.
    let failure: string | undefined;
    thread.on('error', (error) => {
      failure = `the engine's thread died: ${error.message}`;
    });
    this.#exited = new Promise((resolve) => {
      thread.on('exit', (code) => {
        this.#die(failure ?? `the engine's thread ended with code ${code}`);
        resolve();
      });
    });
  }

  get description(): EngineDescription {
    invariant(this.#description !== undefined, 'the engine is not ready yet');
    return this.#description;
  }

  onEvent(listener: (event: EngineEvent) => void): void {
    invariant(this.#listener === undefined, 'the engine has a listener already');
    this.#listener = listener;
  }

  submit(call: Call, produced?: readonly number[]): void {
    invariant(this.#listener !== undefined, 'a call was submitted before a listener was set');
    const dead = this.#dead;
    if (dead !== undefined) {
      queueMicrotask(() => this.#emit({ kind: 'finished', result: errorResult(call, dead) }));
      return;
    }
    this.#unfinished.set(call.id, call);
    this.#post({ kind: 'submit', call, produced });
  }

  cancel(id: CallId, unlessBegun = false): void {
    this.#post({ kind: 'cancel', id, unlessBegun });
  }

  direct(directive: PrefixDirective): void {
    this.#post({ kind: 'direct', directive });
  }

  async snapshot(): Promise<ResidencySnapshot> {
    const snapshot = await this.#ask('snapshot');
    invariant(snapshot !== undefined, 'the engine answered without a snapshot');
    return snapshot;
  }

  async drain(): Promise<void> {
    // A dead engine has ended its calls.
    if (this.#dead === undefined) await this.#askUnlessDead('drain');
  }

  /**
   * An engine that failed has a thread that lives, and may be opening a session: it ends what it does, as one in
   * health, for native code that returns into a terminated thread ends the process.
   */
  async close(): Promise<void> {
    this.#isClosing = true;
    if (this.#hasFailed) await this.#closeFailed();
    else if (this.#dead === undefined) await this.#askUnlessDead('close');
    await this.#thread.terminate();
    await this.#exited;
    await Promise.all(this.#siblings);
  }

  /** Resolves when it has closed, or its thread has ended. */
  #closeFailed(): Promise<unknown> {
    const request = this.#requests++;
    this.#thread.postMessage({ kind: 'close', request } satisfies EngineRequest);
    const answered = new Promise<void>((resolve) => {
      this.#answers.set(request, { resolve: () => resolve(), reject: () => resolve() });
    });
    return Promise.race([answered, this.#exited]);
  }

  #receive(reply: EngineReply): void {
    switch (reply.kind) {
      case 'identified':
        // Here, while the engine's thread has other things to do.
        this.#identity = {
          ...reply.served,
          tokenizerDigest: tokenizerDigest(reply.served.tokenizerSpec),
        };
        break;
      case 'ready':
        this.#description = reply.description;
        invariant(this.#identity !== undefined, 'the engine is ready and serves nothing');
        this.#started(this.#identity);
        break;
      case 'refused':
        this.#dead = fromPlainError(reply.error);
        this.#started(this.#dead);
        break;
      case 'notice':
        this.#notice(reply.message);
        break;
      case 'thread':
        this.#startSibling(reply.request);
        break;
      case 'files':
        serveFileChecks(reply.port);
        break;
      case 'events':
        for (const event of reply.events) this.#emit(event);
        break;
      case 'answer':
        this.#answers.get(reply.request)?.resolve(reply.snapshot);
        this.#answers.delete(reply.request);
        break;
      default:
        assertNever(reply);
    }
  }

  #startSibling(request: ThreadRequest): void {
    const ended = startSibling(request, (message) =>
      this.#notice(`a thread of the engine died: ${message}`),
    );
    this.#siblings.push(ended);
  }

  #emit(event: EngineEvent): void {
    if (event.kind === 'finished') this.#unfinished.delete(event.result.id);
    if (event.kind === 'failed' && this.#dead === undefined) {
      this.#dead = new HeliumError('ENGINE_FAILED', event.message);
      this.#hasFailed = true;
    }
    this.#listener?.(event);
  }

  /** The thread is gone: every call that has no result gets one, and nobody waits for an answer. */
  #die(message: string): void {
    if (this.#dead === undefined) {
      const dead = new HeliumError('ENGINE_FAILED', message);
      this.#dead = dead;
      if (this.#description === undefined) this.#started(dead);
      for (const call of [...this.#unfinished.values()]) {
        this.#emit({ kind: 'finished', result: errorResult(call, dead) });
      }
      if (!this.#isClosing) this.#emit({ kind: 'failed', message });
    }
    for (const { reject } of this.#answers.values()) reject(this.#dead);
    this.#answers.clear();
  }

  #post(request: EngineRequest): void {
    if (this.#dead === undefined) this.#thread.postMessage(request);
  }

  #ask(kind: 'snapshot' | 'drain' | 'close'): Promise<ResidencySnapshot | undefined> {
    const dead = this.#dead;
    if (dead !== undefined) return Promise.reject(dead);
    const request = this.#requests++;
    this.#post({ kind, request });
    return new Promise((resolve, reject) => {
      this.#answers.set(request, { resolve, reject });
    });
  }

  async #askUnlessDead(kind: 'drain' | 'close'): Promise<void> {
    try {
      await this.#ask(kind);
    } catch (thrown) {
      // The thread died meanwhile and has ended all calls: nothing is left to wait for.
      if (thrown !== this.#dead) throw thrown;
    }
  }
}

import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ERROR_CODES, type ErrorCode, HeliumError, invariant } from '@helium/shared';
import type { EngineConfig } from '@helium/worker/engine';
import { spawnOptions } from '../../cluster/child-process.ts';
import type { BenchCall, BenchReply, BenchRequest } from './engine-message.ts';

const MAIN = fileURLToPath(new URL('./engine-process.ts', import.meta.url));

export interface FinishedCall {
  readonly tokens: readonly number[];
  readonly prefilledTokens: number;
}

/** What a step computed; heard in the order of the steps. */
export type OnStep = (step: {
  readonly prefillTokens: number;
  readonly decodeCalls: number;
}) => void;

/** An engine in a process of its own, which has a worker's allocator settings. */
export class MeasuredEngine {
  readonly #child: ChildProcess;
  readonly #running = new Map<string, PromiseWithResolvers<FinishedCall>>();
  #answer: PromiseWithResolvers<BenchReply> | undefined;
  #onStep: OnStep = () => {};
  #calls = 0;

  constructor() {
    const { env } = spawnOptions(true);
    this.#child = fork(MAIN, { env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#child.on('message', (reply: BenchReply) => this.#take(reply));
    this.#child.on('exit', (code, signal) =>
      this.#fail(
        new HeliumError('ENGINE_FAILED', `the engine's process ended (${signal ?? code})`),
      ),
    );
  }

  /** Opens the engine; gives the seconds that took. */
  async open(config: EngineConfig): Promise<number> {
    const reply = await this.#ask({ kind: 'open', config });
    invariant(reply.kind === 'opened', `the engine answered with ${reply.kind}`);
    return reply.seconds;
  }

  /** Hears the steps from now on. */
  onStep(listener: OnStep): void {
    this.#onStep = listener;
  }

  /** Rejects with ENGINE_FAILED when the call fails or has another length than was asked for. */
  async run(call: BenchCall): Promise<FinishedCall> {
    const id = `call-${this.#calls++}`;
    const waiting = Promise.withResolvers<FinishedCall>();
    this.#running.set(id, waiting);
    this.#send({ kind: 'run', id, call });
    const finished = await waiting.promise;
    if (finished.tokens.length === call.newTokens) return finished;
    const message = `a call gave ${finished.tokens.length} tokens, not ${call.newTokens}`;
    throw new HeliumError('ENGINE_FAILED', message);
  }

  /** Of the process since its start: processor seconds, peak memory in MiB. */
  async usage(): Promise<{ readonly cpuSeconds: number; readonly peakMib: number }> {
    const reply = await this.#ask({ kind: 'usage' });
    invariant(reply.kind === 'usage', `the engine answered with ${reply.kind}`);
    return reply;
  }

  async close(): Promise<void> {
    await this.#ask({ kind: 'close' });
  }

  end(): void {
    this.#child.removeAllListeners('exit').kill('SIGKILL');
  }

  #ask(request: BenchRequest): Promise<BenchReply> {
    this.#answer = Promise.withResolvers<BenchReply>();
    this.#send(request);
    return this.#answer.promise;
  }

  #send(request: BenchRequest): void {
    this.#child.send(request);
  }

  #take(reply: BenchReply): void {
    switch (reply.kind) {
      case 'stepped':
        this.#onStep(reply);
        break;
      case 'finished': {
        const waiting = this.#running.get(reply.id);
        this.#running.delete(reply.id);
        if (reply.error === undefined) waiting?.resolve(reply);
        else waiting?.reject(new HeliumError('ENGINE_FAILED', reply.error));
        break;
      }
      case 'failed':
        this.#fail(new HeliumError(codeOf(reply.code), reply.message));
        break;
      default:
        this.#answer?.resolve(reply);
    }
  }

  #fail(error: HeliumError): void {
    this.#answer?.reject(error);
    for (const { reject } of this.#running.values()) reject(error);
    this.#running.clear();
  }
}

function codeOf(text: string): ErrorCode {
  return text in ERROR_CODES ? (text as ErrorCode) : 'ENGINE_FAILED';
}

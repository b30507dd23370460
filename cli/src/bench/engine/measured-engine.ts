import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { ERROR_CODES, type ErrorCode, HeliumError, invariant } from '@helium/shared';
import type { EngineConfig } from '@helium/worker/engine';
import { spawnOptions } from '../../cluster/child-process.ts';
import type {
  BenchCall,
  BenchReply,
  BenchRequest,
  BenchStep,
  EndedCall,
  EngineRoom,
} from './engine-message.ts';

const MAIN = fileURLToPath(new URL('./engine-process.ts', import.meta.url));

export interface FinishedCall {
  readonly tokens: readonly number[];
  readonly prefilledTokens: number;
}

/** An engine in a process of its own, which has a worker's allocator settings. */
export class MeasuredEngine {
  readonly #child: ChildProcess;
  readonly #running = new Map<string, PromiseWithResolvers<FinishedCall>>();
  #answer: PromiseWithResolvers<BenchReply> | undefined;
  #steps: BenchStep[] = [];
  #calls = 0;
  #room: EngineRoom | undefined;

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
    const { seconds, ...room } = reply;
    this.#room = room;
    return seconds;
  }

  /** Of an engine that was opened. */
  get room(): EngineRoom {
    invariant(this.#room !== undefined, 'the engine is not opened');
    return this.#room;
  }

  /** The steps since they were taken last, up to the last call that ended. */
  takeSteps(): BenchStep[] {
    return this.#steps.splice(0);
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

  /** Ends the process as a worker ends, which keeps what it compiled for the next one. */
  async close(): Promise<void> {
    await this.#ask({ kind: 'close' });
    const exited = once(this.#child.removeAllListeners('exit'), 'exit');
    this.#child.disconnect();
    await exited;
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
      case 'finished':
        this.#steps.push(...reply.steps);
        for (const call of reply.calls) this.#end(call);
        break;
      case 'failed':
        this.#fail(new HeliumError(codeOf(reply.code), reply.message));
        break;
      default:
        this.#answer?.resolve(reply);
    }
  }

  #end(call: EndedCall): void {
    const waiting = this.#running.get(call.id);
    this.#running.delete(call.id);
    if (call.error === undefined) waiting?.resolve(call);
    else waiting?.reject(new HeliumError('ENGINE_FAILED', call.error));
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

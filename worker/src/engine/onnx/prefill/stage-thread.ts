import { Worker } from 'node:worker_threads';
import { HeliumError } from '@helium/shared';
import type { Stage, StageInput, StageOutput } from './prefill-stage.ts';
import type { StageReply, StageRequest, StageThreadData } from './stage-message.ts';

/**
 * Starts a stage on a thread of its own. Its KV comes back by transfer, without a copy; the arrays
 * of an input are transferred too and cannot be read after. Rejects with ENGINE_FAILED where
 * onnxruntime refuses the graph.
 */
export function startStageThread(data: StageThreadData): Promise<Stage> {
  const thread = new Worker(new URL('./stage-worker.ts', import.meta.url), { workerData: data });
  return new Promise((resolve, reject) => {
    const stage = new ThreadStage(thread, (failure) => {
      if (failure === undefined) resolve(stage);
      else reject(failure);
    });
  });
}

interface Waiting {
  resolve(output: StageOutput): void;
  reject(error: HeliumError): void;
}

class ThreadStage implements Stage {
  readonly #thread: Worker;
  readonly #waiting: Waiting[] = [];
  readonly #exited: Promise<void>;
  #started: ((failure: HeliumError | undefined) => void) | undefined;
  #dead: HeliumError | undefined;

  constructor(thread: Worker, started: (failure: HeliumError | undefined) => void) {
    this.#thread = thread;
    this.#started = started;
    thread.on('message', (reply: StageReply) => this.#receive(reply));
    thread.on('error', (error) => this.#die(`a prefill stage's thread died: ${error.message}`));
    this.#exited = new Promise((resolve) => {
      thread.on('exit', (code) => {
        this.#die(`a prefill stage's thread ended with code ${code}`);
        resolve();
      });
    });
  }

  run(input: StageInput): Promise<StageOutput> {
    if (this.#dead !== undefined) return Promise.reject(this.#dead);
    const transfer = [input.stream, ...input.added.map(({ data }) => data)];
    this.#post({ kind: 'run', input }, transfer);
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  async close(): Promise<void> {
    if (this.#dead === undefined) this.#post({ kind: 'close' }, []);
    await this.#exited;
  }

  #post(request: StageRequest, arrays: readonly Float32Array[]): void {
    this.#thread.postMessage(
      request,
      arrays.map(({ buffer }) => buffer as ArrayBuffer),
    );
  }

  #receive(reply: StageReply): void {
    if (reply.kind === 'ready') {
      this.#started?.(undefined);
      this.#started = undefined;
      return;
    }
    const waiting = this.#waiting.shift();
    if (reply.kind === 'done') waiting?.resolve(reply.output);
    else waiting?.reject(new HeliumError('ENGINE_FAILED', reply.message));
  }

  #die(message: string): void {
    this.#dead ??= new HeliumError('ENGINE_FAILED', message);
    this.#started?.(this.#dead);
    this.#started = undefined;
    for (const { reject } of this.#waiting.splice(0)) reject(this.#dead);
  }
}

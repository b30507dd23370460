import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { assertNever, HeliumError } from '@helium/shared';
import type { StartThread } from '../../sibling-thread.ts';
import type { Stage, StageInput, StageOutput } from './prefill-stage.ts';
import type { StageReply, StageRequest, StageThreadData } from './stage-message.ts';

/**
 * Starts a stage on a thread of its own. Its KV comes back by transfer, without a copy; the arrays
 * of an input are transferred too and cannot be read after. Rejects with ENGINE_FAILED where
 * onnxruntime refuses the graph.
 */
export function startStageThread(data: StageThreadData, startThread: StartThread): Promise<Stage> {
  const { port1, port2 } = new MessageChannel();
  const module = new URL('./stage-worker.ts', import.meta.url).href;
  return new Promise((resolve, reject) => {
    const stage = new ThreadStage(port1, (failure) => {
      if (failure === undefined) resolve(stage);
      else reject(failure);
    });
    startThread({ module, data, port: port2 });
  });
}

interface Waiting {
  resolve(output: StageOutput): void;
  reject(error: HeliumError): void;
}

class ThreadStage implements Stage {
  readonly #port: MessagePort;
  readonly #waiting: Waiting[] = [];
  readonly #closed: Promise<void>;
  #started: ((failure: HeliumError | undefined) => void) | undefined;
  #dead: HeliumError | undefined;

  constructor(port: MessagePort, started: (failure: HeliumError | undefined) => void) {
    this.#port = port;
    this.#started = started;
    port.on('message', (reply: StageReply) => this.#receive(reply));
    this.#closed = new Promise((resolve) => {
      port.on('close', () => {
        this.#die("a prefill stage's thread ended");
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
    await this.#closed;
  }

  #post(request: StageRequest, arrays: readonly Float32Array[]): void {
    this.#port.postMessage(
      request,
      arrays.map(({ buffer }) => buffer as ArrayBuffer),
    );
  }

  #receive(reply: StageReply): void {
    switch (reply.kind) {
      case 'ready':
        this.#started?.(undefined);
        this.#started = undefined;
        break;
      case 'refused':
        this.#die(reply.message);
        break;
      case 'done':
        this.#waiting.shift()?.resolve(reply.output);
        break;
      case 'failed':
        this.#waiting.shift()?.reject(new HeliumError('ENGINE_FAILED', reply.message));
        break;
      default:
        assertNever(reply);
    }
  }

  #die(message: string): void {
    this.#dead ??= new HeliumError('ENGINE_FAILED', message);
    this.#started?.(this.#dead);
    this.#started = undefined;
    for (const { reject } of this.#waiting.splice(0)) reject(this.#dead);
  }
}

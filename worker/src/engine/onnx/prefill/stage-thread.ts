import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { assertNever, HeliumError } from '@helium/shared';
import type { StartThread } from '../../sibling-thread.ts';
import type { Stage, StageInput, StageOutput } from './prefill-stage.ts';
import type { StageGraph, StageReply, StageRequest } from './stage-message.ts';

/**
 * A thread for a stage, which loads its modules while the stage's graph is not known yet. Its KV comes back by
 * transfer, without a copy; the arrays of an input are transferred too and cannot be read after.
 */
export class StageThread {
  readonly #stage: ThreadStage;
  /** Whether a graph was opened on it. */
  isOpened = false;

  constructor(startThread: StartThread) {
    const { port1, port2 } = new MessageChannel();
    const module = new URL('./stage-worker.ts', import.meta.url).href;
    this.#stage = new ThreadStage(port1);
    startThread({ module, data: undefined, port: port2 });
  }

  /** Once. Rejects with ENGINE_FAILED where onnxruntime refuses the graph. */
  async open(graph: StageGraph): Promise<Stage> {
    this.isOpened = true;
    await this.#stage.open(graph);
    return this.#stage;
  }

  /** Ends the thread if nothing was opened on it. */
  closeUnopened(): void {
    if (!this.isOpened) void this.#stage.close();
  }
}

interface Waiting {
  resolve(output: StageOutput): void;
  reject(error: HeliumError): void;
}

class ThreadStage implements Stage {
  readonly #port: MessagePort;
  readonly #waiting: Waiting[] = [];
  readonly #closed: Promise<void>;
  readonly #opened = Promise.withResolvers<void>();
  #dead: HeliumError | undefined;

  constructor(port: MessagePort) {
    this.#port = port;
    // Nobody waits for it where the thread ends before anything is opened.
    this.#opened.promise.catch(() => {});
    port.on('message', (reply: StageReply) => this.#receive(reply));
    this.#closed = new Promise((resolve) => {
      port.on('close', () => {
        this.#die("a prefill stage's thread ended");
        resolve();
      });
    });
  }

  open(graph: StageGraph): Promise<void> {
    if (this.#dead === undefined) this.#post({ kind: 'open', graph }, []);
    return this.#opened.promise;
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
        this.#opened.resolve();
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
    this.#opened.reject(this.#dead);
    for (const { reject } of this.#waiting.splice(0)) reject(this.#dead);
  }
}

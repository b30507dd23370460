import { Worker } from 'node:worker_threads';
import { HeliumError } from '@helium/shared';
import type { FunctionArguments, FunctionDescription, FunctionHost } from './function-host.ts';
import type { CallMessage, LoadedFunction, ThreadData, ThreadMessage } from './thread-messages.ts';

export interface HostLimits {
  /** Time of a call from when it starts to run. */
  readonly callMs: number;
  /** UTF-8 bytes of a result. */
  readonly outputBytes: number;
  /** JavaScript heap of the thread. */
  readonly memoryMib: number;
}

export interface FunctionModule {
  /** file: URL. */
  readonly url: string;
  /** Hex SHA-256 of its source. */
  readonly digest: string;
}

/** A call that has no answer yet. */
interface PendingCall {
  readonly message: CallMessage;
  readonly pure: boolean;
  readonly resolve: (text: string) => void;
  readonly reject: (error: HeliumError) => void;
  /** Threads that ended while it ran. */
  deaths: number;
  /** Runs while the call does; undefined before it starts. */
  timer: NodeJS.Timeout | undefined;
}

const THREAD = new URL('./function-thread.ts', import.meta.url);

/**
 * Starts the thread and waits for its functions. Throws CONFIG_INVALID with every fault of the
 * modules.
 */
export async function startFunctionHost(
  modules: readonly FunctionModule[],
  limits: HostLimits,
): Promise<FunctionHost> {
  const host = new ThreadFunctionHost(modules, limits);
  await host.start();
  return host;
}

/**
 * One thread, which is ended when a call in it passes its time, and started anew. Calls that had
 * not begun are sent again; those that were under way are too, once, if they are pure.
 */
class ThreadFunctionHost implements FunctionHost {
  readonly #modules: readonly FunctionModule[];
  readonly #limits: HostLimits;
  readonly #pending = new Map<number, PendingCall>();
  #descriptions: ReadonlyMap<string, FunctionDescription> = new Map();
  #thread: Worker | undefined;
  #nextId = 1;
  #isClosed = false;

  constructor(modules: readonly FunctionModule[], limits: HostLimits) {
    this.#modules = modules;
    this.#limits = limits;
  }

  async start(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<readonly LoadedFunction[]>();
    this.#startThread(resolve, reject);
    const functions = (await promise).toSorted((a, b) => (a.name < b.name ? -1 : 1));
    this.#descriptions = new Map(
      functions.map(({ module, name, ...said }) => {
        const digest = this.#modules[module]?.digest ?? '';
        return [name, { ...said, digest }];
      }),
    );
  }

  describe(): ReadonlyMap<string, FunctionDescription> {
    return this.#descriptions;
  }

  async run(name: string, args: FunctionArguments): Promise<string> {
    const described = this.#descriptions.get(name);
    if (described === undefined) {
      const known = [...this.#descriptions.keys()].join(', ');
      const message = `function "${name}" is not installed; installed: ${known}`;
      throw new HeliumError('FUNCTION_UNKNOWN', message, { details: { function: name } });
    }
    if (this.#isClosed) throw failure(name, 'the functions were closed');
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const message = { id: this.#nextId, name, args };
    this.#nextId += 1;
    const { pure } = described;
    const call = { message, pure, resolve, reject, deaths: 0, timer: undefined };
    this.#pending.set(message.id, call);
    if (this.#thread === undefined) this.#restart();
    else this.#thread.postMessage(message);
    return promise;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const call of [...this.#pending.values()]) {
      this.#settle(call.message.id)?.reject(
        failure(call.message.name, 'the functions were closed'),
      );
    }
    await this.#thread?.terminate();
  }

  #restart(): void {
    this.#startThread(
      () => {},
      (error) => {
        for (const call of [...this.#pending.values()]) {
          this.#settle(call.message.id)?.reject(failure(call.message.name, error.message, error));
        }
      },
    );
  }

  /**
   * Messages posted before the thread listens wait in its port, so pending calls are sent at once.
   */
  #startThread(
    ready: (functions: readonly LoadedFunction[]) => void,
    refused: (error: HeliumError) => void,
  ): void {
    const workerData: ThreadData = {
      modules: this.#modules.map((module) => module.url),
      outputBytesMax: this.#limits.outputBytes,
    };
    const resourceLimits = { maxOldGenerationSizeMb: this.#limits.memoryMib };
    const options = { workerData, resourceLimits, execArgv: [], stdout: true, stderr: true };
    const thread = new Worker(THREAD, options);
    this.#thread = thread;
    thread.stdout.pipe(process.stderr, { end: false });
    thread.stderr.pipe(process.stderr, { end: false });
    let isReady = false;
    let crash = 'its thread ended';
    thread.on('error', (error) => {
      crash = `its thread ended: ${error instanceof Error ? error.message : String(error)}`;
    });
    thread.on('message', (message: ThreadMessage) => {
      if (message.kind === 'ready') {
        isReady = true;
        ready(message.functions);
      } else if (message.kind === 'refused') {
        const { faults } = message;
        refused(new HeliumError('CONFIG_INVALID', 'functions: invalid module(s)', { faults }));
        void thread.terminate();
      } else {
        this.#answered(message);
      }
    });
    thread.on('exit', () => {
      if (this.#thread === thread) this.#thread = undefined;
      if (!isReady) refused(new HeliumError('CONFIG_INVALID', `functions: ${crash}`));
      this.#threadEnded(crash);
    });
    for (const call of this.#pending.values()) thread.postMessage(call.message);
  }

  #answered(message: Extract<ThreadMessage, { id: number }>): void {
    switch (message.kind) {
      case 'started':
        this.#startTimer(message.id);
        break;
      case 'done':
        this.#settle(message.id)?.resolve(message.text);
        break;
      case 'failed': {
        const call = this.#settle(message.id);
        call?.reject(failure(call.message.name, message.message));
      }
    }
  }

  #startTimer(id: number): void {
    const call = this.#pending.get(id);
    if (call === undefined) return;
    const { callMs } = this.#limits;
    call.timer = setTimeout(() => {
      const reason = `gave no answer in ${callMs} ms; its thread was ended`;
      this.#settle(id)?.reject(failure(call.message.name, reason));
      void this.#thread?.terminate();
    }, callMs);
  }

  /** Fails what may not or should not run again, and starts a thread for the rest. */
  #threadEnded(reason: string): void {
    for (const call of [...this.#pending.values()]) {
      if (call.timer === undefined) continue;
      clearTimeout(call.timer);
      call.timer = undefined;
      call.deaths += 1;
      if (call.pure && call.deaths < 2) continue;
      this.#settle(call.message.id)?.reject(failure(call.message.name, reason));
    }
    if (this.#pending.size > 0 && !this.#isClosed) this.#restart();
  }

  #settle(id: number): PendingCall | undefined {
    const call = this.#pending.get(id);
    clearTimeout(call?.timer);
    this.#pending.delete(id);
    return call;
  }
}

function failure(name: string, reason: string, cause?: unknown): HeliumError {
  const details = { function: name };
  return new HeliumError('FUNCTION_FAILED', `function "${name}": ${reason}`, { details, cause });
}

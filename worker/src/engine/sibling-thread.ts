import { type MessagePort, Worker } from 'node:worker_threads';

/** A thread that is wanted: the URL of its module, what it is told, and the port it talks through. */
export interface ThreadRequest {
  readonly module: string;
  readonly data: unknown;
  readonly port: MessagePort;
}

/** What the module finds in `workerData`. */
export interface SiblingData<Data> {
  readonly data: Data;
  readonly port: MessagePort;
}

/**
 * Starts a thread that ends by itself when the other end of its port is closed, or the thread that held
 * it is gone. A thread that computes natively must never be terminated, nor be the child of one
 * that may die: Node stops children, and a native call that returns into a stopped thread ends the process.
 */
export type StartThread = (request: ThreadRequest) => void;

/** Starts it as a child of this thread. Resolves when it has ended; `onError` is told what killed it. */
export function startSibling(
  { module, data, port }: ThreadRequest,
  onError: (message: string) => void,
): Promise<void> {
  const workerData: SiblingData<unknown> = { data, port };
  const thread = new Worker(new URL(module), { workerData, transferList: [port] });
  thread.on('error', (error) => onError(error.message));
  return new Promise((resolve) => {
    thread.on('exit', () => resolve());
  });
}

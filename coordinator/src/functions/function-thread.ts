import { parentPort, workerData } from 'node:worker_threads';
import { invariant } from '@helium/shared';
import { callFunction } from './call-function.ts';
import { importFunctions, type LoadedModules } from './import-functions.ts';
import type { CallMessage, ThreadData, ThreadMessage } from './thread-messages.ts';

/**
 * The thread in which functions run: it is told to call, and ended from outside when it does not
 * answer.
 */
const { modules, outputBytesMax } = workerData as ThreadData;
invariant(parentPort !== null, 'function-thread.ts runs in a worker thread only');
const port = parentPort;
const send = (message: ThreadMessage) => port.postMessage(message);

const loaded = await importFunctions(modules);
if (loaded.faults.length > 0) {
  send({ kind: 'refused', faults: loaded.faults });
} else {
  port.on('message', (call: CallMessage) => void answer(loaded, call));
  send({ kind: 'ready', functions: loaded.functions });
}

async function answer({ runners }: LoadedModules, { id, name, args }: CallMessage): Promise<void> {
  send({ kind: 'started', id });
  try {
    const called = runners.get(name);
    invariant(called !== undefined, 'the host calls what the thread has told it of');
    send({ kind: 'done', id, text: checked(await callFunction(called, args)) });
  } catch (error) {
    send({ kind: 'failed', id, message: error instanceof Error ? error.message : String(error) });
  }
}

function checked(text: unknown): string {
  if (typeof text !== 'string') {
    throw new Error(`yields ${text === null ? 'null' : typeof text}, not a text`);
  }
  const bytes = Buffer.byteLength(text);
  if (bytes > outputBytesMax) {
    throw new Error(`yields ${bytes} bytes, the limit is ${outputBytesMax}`);
  }
  if (!text.isWellFormed()) throw new Error('yields text with half a surrogate pair');
  return text;
}

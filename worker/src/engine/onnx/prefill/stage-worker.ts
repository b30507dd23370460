import { parentPort, workerData } from 'node:worker_threads';
import { invariant } from '@helium/shared';
import { openSession } from '../sessions.ts';
import { PrefillStage } from './prefill-stage.ts';
import type { StageReply, StageRequest, StageThreadData } from './stage-message.ts';

// The entry of a stage's thread: requests are answered in their order, each once.
const port = parentPort;
invariant(port !== null, 'a prefill stage runs as a thread');
const { path, config, range, options } = workerData as StageThreadData;
const stage = new PrefillStage(await openSession(path, options), config, range);

const reply = (message: StageReply, transfer: ArrayBuffer[] = []) =>
  port.postMessage(message, transfer);

port.on('message', answer);

async function answer(request: StageRequest): Promise<void> {
  if (request.kind === 'close') {
    await stage.close();
    port?.close();
    return;
  }
  try {
    const output = await stage.run(request.input);
    reply({ kind: 'done', output }, [
      output.kv.buffer as ArrayBuffer,
      output.stream.buffer as ArrayBuffer,
    ]);
  } catch (error) {
    reply({ kind: 'failed', message: (error as Error).message });
  }
}

reply({ kind: 'ready' });

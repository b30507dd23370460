import { workerData } from 'node:worker_threads';
import type { SiblingData } from '../../sibling-thread.ts';
import { openSession } from '../sessions.ts';
import { PrefillStage } from './prefill-stage.ts';
import type { StageReply, StageRequest, StageThreadData } from './stage-message.ts';

// The entry of a stage's thread: requests are answered in their order, each once. It ends when it is told to, or
// when whoever asked is gone.
const { data, port } = workerData as SiblingData<StageThreadData>;

const reply = (message: StageReply, transfer: ArrayBuffer[] = []) =>
  port.postMessage(message, transfer);

const stage = await open(data);
if (stage === undefined) port.close();
else serve(stage);

async function open({ path, config, range, options }: StageThreadData) {
  try {
    return new PrefillStage(await openSession(path, options), config, range);
  } catch (error) {
    reply({ kind: 'refused', message: (error as Error).message });
    return undefined;
  }
}

function serve(stage: PrefillStage): void {
  port.on('message', (request: StageRequest) => answer(stage, request));
  port.on('close', () => stage.close());
  reply({ kind: 'ready' });
}

async function answer(stage: PrefillStage, request: StageRequest): Promise<void> {
  if (request.kind === 'close') {
    port.close();
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

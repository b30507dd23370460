import { workerData } from 'node:worker_threads';
import type { SiblingData } from '../../sibling-thread.ts';
import { openSession } from '../sessions.ts';
import { PrefillStage } from './prefill-stage.ts';
import type { StageGraph, StageReply, StageRequest } from './stage-message.ts';

// The entry of a stage's thread: requests are answered in their order, each once. It ends when it is told to, or
// when whoever asked is gone.
const { port } = workerData as SiblingData<undefined>;

let stage: PrefillStage | undefined;
let isClosed = false;

const reply = (message: StageReply, transfer: ArrayBuffer[] = []) =>
  port.postMessage(message, transfer);

port.on('message', (request: StageRequest) => answer(request));
port.on('close', () => {
  isClosed = true;
  stage?.close();
});

async function answer(request: StageRequest): Promise<void> {
  switch (request.kind) {
    case 'open':
      await open(request.graph);
      break;
    case 'run':
      await run(request);
      break;
    case 'close':
      port.close();
  }
}

async function open({ path, config, range, options }: StageGraph): Promise<void> {
  try {
    stage = new PrefillStage(await openSession(path, options), config, range);
  } catch (error) {
    reply({ kind: 'refused', message: (error as Error).message });
    port.close();
    return;
  }
  if (isClosed) await stage.close();
  else reply({ kind: 'ready' });
}

async function run({ input }: StageRequest & { readonly kind: 'run' }): Promise<void> {
  try {
    if (stage === undefined) throw new Error('a prefill stage was run before it was open');
    const output = await stage.run(input);
    reply({ kind: 'done', output }, [
      output.kv.buffer as ArrayBuffer,
      output.stream.buffer as ArrayBuffer,
    ]);
  } catch (error) {
    reply({ kind: 'failed', message: (error as Error).message });
  }
}

import { MessageChannel, parentPort, workerData } from 'node:worker_threads';
import { HeliumError, modelDigest } from '@helium/shared';
import { hostEngine } from './host-engine.ts';
import { createSimEngine } from './sim/create-sim-engine.ts';

// An engine thread that has a thread beside it, and dies at its first call, or is refused before.
const { marks, refusal } = workerData as {
  readonly marks: Int32Array;
  readonly refusal?: string;
};

await hostEngine(parentPort!, async ({ startThread }) => {
  const { engine, tokenizerSpec } = createSimEngine();
  const { port1, port2 } = new MessageChannel();
  const module = new URL('./sibling-worker.fixture.ts', import.meta.url).href;
  startThread({ module, data: { marks }, port: port2 });
  const isUp = new Promise((resolve) => {
    port1.once('message', resolve);
  });
  port1.postMessage('compute');
  await isUp;
  if (refusal !== undefined) throw new HeliumError('MODEL_INVALID', refusal);
  engine.submit = () => process.exit(3);
  const digest = '0'.repeat(64);
  return { engine, served: { model: 'm', modelDigest: modelDigest(digest), tokenizerSpec } };
});

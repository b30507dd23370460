import { parentPort, workerData } from 'node:worker_threads';
import { modelDigest } from '@helium/shared';
import { hostEngine } from './host-engine.ts';
import { createSimEngine } from './sim/create-sim-engine.ts';

// An engine thread that misbehaves on its first call as `workerData` says.
const { misbehaviour, gate } = workerData as {
  readonly misbehaviour: 'stall' | 'throw' | 'exit';
  readonly gate: Int32Array;
};

await hostEngine(parentPort!, async () => {
  const { engine, tokenizerSpec } = createSimEngine();
  const submit = engine.submit.bind(engine);
  engine.submit = (call) => {
    if (misbehaviour === 'stall') Atomics.wait(gate, 0, 0);
    if (misbehaviour === 'exit') process.exit(3);
    if (misbehaviour === 'throw') throw new Error('out of memory');
    submit(call);
  };
  const digest = '0'.repeat(64);
  return { engine, served: { model: 'm', modelDigest: modelDigest(digest), tokenizerSpec } };
});

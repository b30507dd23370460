import { workerData } from 'node:worker_threads';
import type { SiblingData } from './sibling-thread.ts';

// Computes from its first message on until `marks[0]` is set, tells it in `marks[1]`, and in `marks[2]` that its
// port was closed.
const { data, port } = workerData as SiblingData<{ readonly marks: Int32Array }>;
const { marks } = data;

port.on('message', () => {
  port.postMessage('computing');
  Atomics.wait(marks, 0, 0);
  Atomics.store(marks, 1, 1);
});
port.on('close', () => Atomics.store(marks, 2, 1));

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { flushDenormals, SMALLEST_GRAPH } from './flush-denormals.ts';
import { OnnxGraph } from './graph/onnx-graph.ts';

it('opens a graph that gives back what it is given', () => {
  const graph = new OnnxGraph('');
  graph.input('in', 'float32');
  graph.node('Identity', ['in'], ['out']);
  graph.output('out', 'float32');
  expect(SMALLEST_GRAPH).toBe(Buffer.from(graph.serialize()).toString('base64'));
});

it('makes this thread and those that it starts take the smallest floats for 0', async () => {
  const smallest = Number.MIN_VALUE;
  const isFlushed = () => smallest * 2 === 0;
  expect(isFlushed()).toBe(false);
  await flushDenormals();
  await flushDenormals();
  expect(isFlushed()).toBe(true);
  const source = `
    const { parentPort, workerData } = require('node:worker_threads');
    parentPort.postMessage(workerData * 2 === 0);`;
  const thread = new Worker(source, { eval: true, workerData: smallest });
  expect(await once(thread, 'message')).toEqual([true]);
});

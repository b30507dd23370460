import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPrng } from '@helium/shared';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WeightFileWriter } from '../cache/weight-file-writer.ts';
import { offsetValues } from './channel-quantization.ts';
import { product } from './linear.ts';
import { OnnxGraph } from './onnx-graph.ts';

const ROWS = 5;
const INPUTS = 70;
const OUTPUTS = 33;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'helium-linear-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

/** What a graph of one product makes of whole numbers from -127 to 127. */
async function multiply(input: Float32Array, weights: Int8Array, offset: boolean) {
  const file = new WeightFileWriter(join(folder, 'weights.bin'));
  const values = offset ? offsetValues(weights.slice()) : weights;
  const weight = {
    values: file.add('values', [INPUTS, OUTPUTS], values),
    scales: file.add('scales', [OUTPUTS], new Float32Array(OUTPUTS).fill(1)),
  };
  file.finish();
  const graph = new OnnxGraph('weights.bin');
  const value = graph.input('input', 'float32');
  const zeroPoints = graph.input('zeroPoints', 'uint8');
  const made = product(graph, { value, width: INPUTS, zeroPoints, range: 127 }, weight);
  graph.output(made.value, 'float32');
  const path = join(folder, 'graph.onnx');
  writeFileSync(path, graph.serialize());
  const session = await InferenceSession.create(path, { intraOpNumThreads: 1 });
  const feeds = {
    input: new Tensor('float32', input, [ROWS, INPUTS]),
    zeroPoints: new Tensor('uint8', new Uint8Array(ROWS).fill(128), [ROWS, 1]),
  };
  const outputs = await session.run(feeds);
  await session.release();
  return outputs[made.value]!.data as Float32Array;
}

function exactProduct(input: Float32Array, weights: Int8Array): Float32Array {
  const sums = new Float32Array(ROWS * OUTPUTS);
  for (let row = 0; row < ROWS; row++) {
    for (let i = 0; i < INPUTS; i++) {
      for (let output = 0; output < OUTPUTS; output++) {
        const term = input[row * INPUTS + i]! * weights[i * OUTPUTS + output]!;
        sums[row * OUTPUTS + output]! += term;
      }
    }
  }
  return sums;
}

describe('product', () => {
  const random = createPrng(7);
  const upTo = (limit: number) => Math.round((random() * 2 - 1) * limit);
  const input = Float32Array.from({ length: ROWS * INPUTS }, () => upTo(127));
  const size = { length: INPUTS * OUTPUTS };

  it('is exact for int8 weights whose pairs of products fit into 16 bits', async () => {
    const weights = Int8Array.from(size, () => upTo(63));
    expect(await multiply(input, weights, false)).toEqual(exactProduct(input, weights));
  });

  it('is exact for offset weights, the largest among them', async () => {
    const weights = Int8Array.from(size, () => upTo(127));
    weights.fill(127, 0, 4 * OUTPUTS);
    const large = input.slice().fill(127, 0, INPUTS);
    expect(await multiply(large, weights, true)).toEqual(exactProduct(large, weights));
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ModelFile, openModel } from '@helium/model';
import { createTinyModel, type TinyModelOptions } from '@helium/model/tiny';
import { createPrng } from '@helium/shared';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DecodeSlab, moveRows, SLAB_STEP_TOKENS } from './kv/decode-slab.ts';
import { type KvChunk, kvShapeOf } from './kv/kv-chunk.ts';
import { type ModelGraphs, openModelGraphs } from './model-graphs.ts';
import { BLOCK_TOKENS } from './onnx-executor.ts';

const PROMPT = 70;
const STEPS = 4;

const SHAPES: Record<string, TinyModelOptions> = {
  'grouped heads': {},
  'a single KV head': { kvHeads: 1 },
  'biases and normed heads': { architecture: 'qwen3', headNorms: true, attentionBias: 'qkvo' },
  'heads of 64': { headDim: 64, hidden: 192, heads: 3, kvHeads: 1 },
};

describe.each(Object.entries(SHAPES))('GraphRunner on a model with %s', (name, options) => {
  let folder: string;
  let model: ModelFile;
  const opened: ModelGraphs[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'helium-onnx-'));
    model = openModel(await createTinyModel(folder, options));
  });

  afterAll(async () => {
    for (const graphs of opened) await graphs.close();
    model.close();
    rmSync(folder, { recursive: true });
  });

  async function open(precision: 'fast' | 'exact', threads: number): Promise<ModelGraphs> {
    const graphs = await openModelGraphs(model, { precision, threads, graphFolder: folder });
    opened.push(graphs);
    return graphs;
  }

  function tokens(count: number, seed: number): Int32Array {
    const random = createPrng(seed);
    return Int32Array.from({ length: count }, () => Math.floor(random() * model.config.vocab));
  }

  async function prefill({ pipeline }: ModelGraphs, prompt: Int32Array): Promise<KvChunk[]> {
    const chunks: KvChunk[] = [];
    for (let start = 0; start < prompt.length; start += BLOCK_TOKENS) {
      const tokens = prompt.slice(start, start + BLOCK_TOKENS);
      chunks.push((await pipeline.start(tokens, chunks)).chunk);
    }
    await pipeline.settle();
    return chunks;
  }

  /** The bits of one sequence's KV and hidden states, as the last row of a slab with `others`. */
  async function trace(graphs: ModelGraphs, others: number, capacity: number) {
    const slab = new DecodeSlab(kvShapeOf(model.config), others + 1, capacity);
    moveRows([{ slab, sources: [] }], []);
    for (let i = 0; i < others; i++) {
      slab.addChunks(await prefill(graphs, tokens(3 + 7 * i, 100 + i)));
    }
    const chunks = await prefill(graphs, tokens(PROMPT, 1));
    slab.addChunks(chunks);
    const bits = chunks.flatMap(({ parts }) => parts.map(bitsOf));
    for (let step = 0; step < STEPS; step++) {
      const inputs = tokens(others + 1, 1000 + step);
      inputs[others] = step;
      const { kv, head } = await graphs.runner.decode(inputs, slab);
      slab.append(kv);
      bits.push(bitsOf(head.hidden.subarray(others * model.config.hidden)));
    }
    slab.dispose();
    return bits;
  }

  it.each(['fast', 'exact'] as const)(
    `gives a sequence the same bits in every batch and slab, in %s precision (${name})`,
    async (precision) => {
      const graphs = await open(precision, 1);
      const alone = await trace(graphs, 0, 2 * SLAB_STEP_TOKENS);
      for (const others of [0, 1, 2, 6, 15]) {
        for (const steps of [2, 3, 4, 9]) {
          expect(await trace(graphs, others, steps * SLAB_STEP_TOKENS)).toEqual(alone);
        }
      }
    },
  );

  it.each(['fast', 'exact'] as const)(
    `gives the same bits on two threads, in %s precision (${name})`,
    async (precision) => {
      const one = await trace(await open(precision, 1), 3, 2 * SLAB_STEP_TOKENS);
      expect(await trace(await open(precision, 2), 3, 2 * SLAB_STEP_TOKENS)).toEqual(one);
    },
  );
});

function bitsOf(values: Float32Array): string {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64');
}

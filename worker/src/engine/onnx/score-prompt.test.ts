import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ModelFile, openModel } from '@helium/model';
import { createTinyModel, type TinyModelOptions } from '@helium/model/tiny';
import { createPrng } from '@helium/shared';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Precision } from './graph/precision.ts';
import { openModelGraphs } from './model-graphs.ts';
import { argMax, naiveLogits } from './naive-llama.ts';
import { scorePrompt } from './score-prompt.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'helium-onnx-'));
});

afterAll(() => rmSync(folder, { recursive: true }));

const PROMPT = 131;
const CONTINUATION = 12;

/** Ours against the naive twin's logits, from the prompt's last token on. */
async function compare(precision: Precision, options: TinyModelOptions) {
  const fileName = `${JSON.stringify(options).replaceAll(/\W+/g, '-')}.gguf`;
  const model = openModel(await createTinyModel(folder, { fileName, ...options }));
  const tokens = randomTokens(model, PROMPT + CONTINUATION);
  const graphs = await openModelGraphs(model, { precision, threads: 1, graphFolder: folder });
  const ours = await scorePrompt(
    graphs,
    model.config,
    Int32Array.from(tokens.slice(0, PROMPT)),
    Int32Array.from(tokens.slice(PROMPT)),
  );
  await graphs.close();
  const naive = naiveLogits(model, tokens).slice(PROMPT - 1);
  model.close();
  return ours.map(({ logits }, i) => ({ logits, naive: naive[i]! }));
}

function randomTokens(model: ModelFile, count: number): number[] {
  const random = createPrng(7);
  return Array.from({ length: count }, () => Math.floor(random() * model.config.vocab));
}

function largestDifference(a: Float64Array, b: Float64Array): number {
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i]!)), 0);
}

const YARN = {
  kind: 'yarn',
  factor: 4,
  originalTokens: 32,
  betaFast: 4,
  betaSlow: 1,
  truncate: true,
  magnitude: 0.1 * Math.log(4) + 1,
} as const;

const SHAPES: Record<string, TinyModelOptions> = {
  'grouped heads': {},
  'an own head matrix': { tiedEmbeddings: false },
  'a single KV head': { kvHeads: 1 },
  'as many KV heads as heads': { kvHeads: 4 },
  'heads wider than hidden / heads': { headDim: 32 },
  'biases of q, k and v': { architecture: 'qwen2', attentionBias: 'qkv' },
  'biases of o as well': { attentionBias: 'qkvo', kvHeads: 1 },
  'normed heads': { architecture: 'qwen3', headNorms: true, headDim: 32 },
  'normed heads and biases': { architecture: 'qwen3', headNorms: true, attentionBias: 'qkvo' },
  'rope divisors': { ropeScaling: { kind: 'divisors', divisors: [1, 1, 1, 2, 3, 4, 8, 8] } },
  YaRN: { ropeScaling: YARN },
};

describe.each(Object.entries(SHAPES))('scorePrompt of a model with %s', (_, options) => {
  it('gives the logits of the naive forward pass in exact precision', async () => {
    for (const { logits, naive } of await compare('exact', options)) {
      expect(largestDifference(logits, naive)).toBeLessThan(1e-4);
      if (argMax(naive).margin > 1e-3) expect(argMax(logits).index).toBe(argMax(naive).index);
    }
  });

  it('stays near them in fast precision', async () => {
    for (const { logits, naive } of await compare('fast', options)) {
      const spread = Math.max(...naive) - Math.min(...naive);
      const difference = largestDifference(logits, naive);
      expect(difference).toBeLessThan(spread / 20);
      const { index, margin } = argMax(naive);
      if (margin > 2 * difference) expect(argMax(logits).index).toBe(index);
    }
  });
});

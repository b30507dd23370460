import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ModelFile, openModel, tableOf } from '@helium/model';
import { createTinyModel, type TinyModelOptions } from '@helium/model/tiny';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { naiveLogits } from '../../naive-llama.ts';
import { finiteWeights } from '../weight-source.ts';
import { gatedBlock, rotatedWeights } from './rotated-weights.ts';
import { Rotation } from './rotation.ts';

const LAYOUTS: Record<string, TinyModelOptions> = {
  'grouped heads': {},
  'an own head, one KV head and heads of an odd size': {
    tiedEmbeddings: false,
    kvHeads: 1,
    headDim: 12,
  },
  'biases and normed heads': { architecture: 'qwen3', headNorms: true, attentionBias: 'qkvo' },
};

describe.each(Object.entries(LAYOUTS))('rotatedWeights of a model with %s', (_, options) => {
  let folder: string;
  let model: ModelFile;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'helium-rotated-'));
    model = openModel(await createTinyModel(folder, options));
  });

  afterAll(() => {
    model.close();
    rmSync(folder, { recursive: true });
  });

  it('compute what the model computes', () => {
    const tokens = [5, 1, 7, 7, 2];
    const expected = naiveLogits(model, tokens);
    naiveLogits(rotated(model), tokens).forEach((logits, position) => {
      logits.forEach((logit, id) => {
        expect(Math.abs(logit - expected[position]![id]!)).toBeLessThan(1e-4);
      });
    });
  });

  it('are other weights, and norms of 1', () => {
    const { readLayer } = rotatedWeights(finiteWeights(model));
    for (const tensor of ['q', 'v', 'o', 'up', 'down'] as const) {
      expect(readLayer(0, tensor)).not.toEqual(model.readLayer(0, tensor));
    }
    expect(readLayer(1, 'ffnNorm').every((weight) => weight === 1)).toBe(true);
  });
});

describe('gatedBlock', () => {
  it.each([
    [1536, 32],
    [11008, 32],
    [96, 16],
    [64, 32],
    [7, 1],
  ])('of %i elements is a power of two in two blocks or more', (feedForward, block) => {
    expect(gatedBlock({ feedForward })).toBe(block);
  });
});

/** The model in turned coordinates; what the graph turns between up and down is undone in down. */
function rotated(model: ModelFile): ModelFile {
  const weights = rotatedWeights(finiteWeights(model));
  return {
    ...model,
    ...weights,
    openEmbedding: () => {
      const rows = model.openEmbedding().values();
      new Rotation(model.config.hidden).rotate(rows);
      return tableOf(rows, model.config.hidden);
    },
    openHead: () => tableOf(weights.readHead(), model.config.hidden),
    readLayer: (layer, tensor) => {
      const values = weights.readLayer(layer, tensor);
      if (tensor === 'down') new Rotation(gatedBlock(model.config)).restore(values);
      return values;
    },
  };
}

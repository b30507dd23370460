import { describe, expect, it } from 'vitest';
import { kvBudget } from './kv-budget.ts';

/** SmolLM2-135M: 134 million weights. */
const MODEL = {
  architecture: 'llama',
  name: 'm',
  hidden: 576,
  layers: 30,
  heads: 9,
  kvHeads: 3,
  headDim: 64,
  feedForward: 1536,
  vocab: 49_152,
  contextTokens: 8192,
  ropeBase: 10_000,
  ropeScaling: { kind: 'none' },
  normEpsilon: 1e-5,
  attentionBias: 'none',
  headNorms: false,
  slidingWindow: null,
  tiedEmbeddings: true,
} as const;
const LEAST = 50;

function budget(kvMib: number, memoryMib: number, precision: 'fast' | 'exact' = 'fast') {
  const memory = { bytes: memoryMib * 2 ** 20, origin: 'the limit of 9 MiB' };
  return kvBudget({ kvMib, precision, memory }, LEAST, MODEL);
}

describe('kvBudget', () => {
  it('is the usual one where there is enough, and says nothing', () => {
    expect(budget(0, 2000)).toEqual({ mib: 1024 });
    expect(kvBudget({ kvMib: 0, precision: 'fast' }, LEAST, MODEL)).toEqual({ mib: 1024 });
  });

  it('is what the limit leaves beside the model, and says of which limit', () => {
    expect(budget(0, 1000)).toEqual({
      mib: 394,
      notice: 'KV gets 394 MiB, beside about 606 MiB for the model: by the limit of 9 MiB',
    });
    expect(budget(0, 2000, 'exact').mib).toBe(2000 - 1221);
  });

  it('is the least that works where even that is too much, and warns', () => {
    expect(budget(0, 500)).toEqual({
      mib: LEAST,
      notice:
        'KV gets 50 MiB, beside about 606 MiB for the model: more than fits the limit of 9 MiB; the system may end this process when both are used',
    });
  });

  it('is what was asked for, with a warning where that is too much', () => {
    expect(budget(300, 1000)).toEqual({ mib: 300 });
    expect(budget(2048, 2000)).toMatchObject({
      mib: 2048,
      notice: expect.stringContaining('more than fits the limit of 9 MiB'),
    });
    expect(kvBudget({ kvMib: 7, precision: 'fast' }, LEAST, MODEL)).toEqual({ mib: 7 });
  });
});

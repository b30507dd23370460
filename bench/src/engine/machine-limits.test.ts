import type { ModelConfig } from '@helium/model';
import { expect, it } from 'vitest';
import { machineLimits } from './machine-limits.ts';
import { NEW_TOKENS, type Workloads } from './workloads.ts';

/** Three layers of 2 heads of 4, so 3 · (4 · 4 · (2 · 2 + 2 · 1) + 3 · 4 · 8) = 576 weights, and a head of 40. */
const CONFIG = {
  layers: 3,
  hidden: 4,
  heads: 2,
  kvHeads: 1,
  headDim: 4,
  feedForward: 8,
  vocab: 10,
} as ModelConfig;

const ids = (length: number) => Array.from({ length }, (_, i) => i);
const WORKLOADS: Workloads = {
  prefill: ids(100),
  decode: Array.from({ length: 32 }, () => ids(8)),
  shared_prefix: ids(16),
  shared_tail: [ids(4), ids(4)],
  expert_system: [ids(16)],
  question: [ids(4)],
  summary_system: ids(4),
};
const FREE = Number.POSITIVE_INFINITY;

it('is what the products of a prompt and of its head take, where nothing else takes time', () => {
  const { prefill, decode } = machineLimits(
    CONFIG,
    { int8: 1000, float32: FREE, readBytes: FREE },
    WORKLOADS,
  );
  // All tokens through two layers and the keys and values of the third, one through the rest.
  const products = 100 * 2 * (2 * 192 + 32) + 2 * (192 - 32) + 2 * 40;
  expect(prefill).toBeCloseTo(100 / (products / 1000));
  expect(decode[1]).toBeCloseTo(1000 / (2 * (576 + 40)));
  expect(decode[32]).toBeCloseTo(decode[1]!);
});

it('is what attention takes: half of the prompt for a token on the mean, in the last layer all of it for one', () => {
  const { prefill } = machineLimits(
    CONFIG,
    { int8: FREE, float32: 1000, readBytes: FREE },
    WORKLOADS,
  );
  const attended = (2 * (100 * 101)) / 2 + 100;
  expect(prefill).toBeCloseTo(100 / ((attended * 4 * 2 * 4) / 1000));
});

it('is what reading weights and KV takes, once a step', () => {
  const { decode } = machineLimits(
    CONFIG,
    { int8: FREE, float32: FREE, readBytes: 1000 },
    WORKLOADS,
  );
  const kvBytes = 3 * 2 * 4 * 4;
  const own = 8 + (NEW_TOKENS.decode - 1) / 2;
  for (const rows of [1, 32]) {
    expect(decode[rows]).toBeCloseTo((rows * 1000) / (576 + 40 + rows * own * kvBytes));
  }
});

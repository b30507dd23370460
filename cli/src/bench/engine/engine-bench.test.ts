import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readWorkloads, type Workloads } from '@helium/bench/engine';
import { createTinyModel } from '@helium/model/tiny';
import type { EngineConfig } from '@helium/worker/engine';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkWorkloads } from './check-workloads.ts';
import { reportOf } from './engine-report.ts';
import { measureEngine } from './measure-engine.ts';
import { MeasuredEngine } from './measured-engine.ts';
import { runCalls } from './run-calls.ts';
import { spreadCalls } from './spread-calls.ts';
import { createTokenIdTokenizer, formatTokenIds } from './token-id-tokenizer.ts';
import { mapReduceCalls, sharedCalls } from './workload-calls.ts';

const ids = (count: number, first: number) =>
  Array.from({ length: count }, (_, i) => first + (i % 50));

/** The shapes of the published workloads, smaller. */
const WORKLOADS: Workloads = {
  prefill: ids(150, 0),
  decode: Array.from({ length: 32 }, (_, i) => ids(9, i)),
  shared_prefix: ids(128, 3),
  shared_tail: Array.from({ length: 4 }, (_, i) => ids(5, i)),
  expert_system: [ids(70, 1), ids(70, 2)],
  question: [ids(6, 9), ids(6, 10), ids(6, 11)],
  summary_system: ids(5, 20),
};

let folder: string;
let config: EngineConfig;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'helium-bench-'));
  const modelPath = await createTinyModel(folder, { contextTokens: 512 });
  config = {
    engine: 'onnx',
    modelPath,
    modelName: '',
    graphFolder: join(folder, 'graphs'),
    threads: 1,
    precision: 'fast',
    maxBatch: 32,
    kvMib: 16,
    contextTokens: 0,
    simSpeed: 0,
  };
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('helium bench engine', () => {
  it('measures every workload, also on two engines, and prints medians, least and greatest', async () => {
    const measurement = { workloads: WORKLOADS, config, engines: 2, repeats: 1, report: () => {} };
    const figures = await measureEngine(measurement);
    const setup = {
      precision: 'fast',
      prompt_lookup: 'on',
      threads: 1,
      engines: 2,
      repeats: 1,
      model: 'tiny',
    };
    const number = expect.any(Number);
    const values = {
      prefill_tok_s: number,
      decode_tok_s: { 1: number, 4: number, 16: number, 32: number },
      shared_s: { cold: number, warm: number },
      mapreduce_s: number,
      load_s: number,
      first_token_s: number,
      second_token_s: number,
    };
    expect(reportOf(figures, setup)).toMatchObject({
      ...values,
      ...setup,
      min: values,
      max: values,
    });
    const { loadSeconds, firstTokenSeconds, secondTokenSeconds } = figures;
    expect(firstTokenSeconds[0]).toBeGreaterThan(loadSeconds[0]!);
    expect(secondTokenSeconds[0]).toBeGreaterThan(firstTokenSeconds[0]!);
    const rates = Object.values(figures.decodeTokensPerSecond).flat();
    expect(rates.every((rate) => rate > 0 && Number.isFinite(rate))).toBe(true);
  });

  it('computes a shared prefix once, nothing of it when warm, and outputs only as they come', async () => {
    const engine = new MeasuredEngine();
    try {
      await engine.open(config);
      const calls = sharedCalls(WORKLOADS);
      const cold = await runCalls([engine], calls, 'a');
      expect(cold.promptTokens).toBe(4 * 133);
      expect(cold.prefilledTokens).toBe(128 + 4 * 5);
      expect((await runCalls([engine], calls, 'a')).prefilledTokens).toBe(4 * 5);
      expect((await runCalls([engine], calls, 'b')).prefilledTokens).toBe(cold.prefilledTokens);
      const reduced = await runCalls([engine], mapReduceCalls(WORKLOADS), 'c');
      expect(reduced.promptTokens).toBe(6 * 76 + 3 * (5 + 6 + 2 * 48));
    } finally {
      engine.end();
    }
  });

  it('rejects with the reason where the engine refuses a call or the model', async () => {
    const engine = new MeasuredEngine();
    try {
      await expect(engine.open({ ...config, modelPath: '/nowhere' })).rejects.toMatchObject({
        code: 'MODEL_UNAVAILABLE',
      });
      await engine.open(config);
      const long = { prompt: ids(600, 0), newTokens: 1, salt: '', order: 0 };
      await expect(engine.run(long)).rejects.toThrow('PROMPT_TOO_LONG');
    } finally {
      engine.end();
    }
  });
});

it('spreads calls as the scheduler does: experts stay together, no engine is idle', () => {
  const room = { kvTokens: 4000, maxBatch: 16 };
  const places = spreadCalls(mapReduceCalls(WORKLOADS), [room, room]);
  const enginesOf = (expert: number) =>
    new Set([0, 1, 2].map((q) => places[q * 2 + expert]?.engine));
  expect([enginesOf(0).size, enginesOf(1).size]).toEqual([1, 1]);
  expect(new Set(places.map(({ engine }) => engine)).size).toBe(2);
});

it('reads token ids as text and back', () => {
  const { renderChat, encode, createDecoder } = createTokenIdTokenizer();
  const content = formatTokenIds([7, 0, 49_151]);
  expect([...encode(renderChat([{ role: 'user', content }]))]).toEqual([7, 0, 49_151]);
  expect(createDecoder().push(12)).toBe('12 ');
});

it('names every list and workload that does not fit the model, before anything is measured', () => {
  const limits = { vocab: 80, contextTokens: 260 };
  expect(() => checkWorkloads('w.json', WORKLOADS, limits)).not.toThrow();
  const expert_system = [ids(70, 1), ids(170, 2)];
  const wrong = { ...WORKLOADS, expert_system, summary_system: [3, 80], prefill: ids(260, 0) };
  expect(() => checkWorkloads('w.json', wrong, limits)).toThrow(
    expect.objectContaining({
      code: 'FILE_INVALID',
      message: 'workloads w.json: summary_system has token 80, the model has 0 to 79',
      faults: [
        { field: 'summary_system', message: 'has token 80, the model has 0 to 79' },
        {
          field: 'workload a',
          message: 'has a call of 261 tokens with its output, the context is 260',
        },
      ],
    }),
  );
  const late = { ...WORKLOADS, expert_system: Array.from({ length: 5 }, () => ids(9, 1)) };
  expect(() => checkWorkloads('w.json', late, limits)).toThrow(
    'workload d has a call of 315 tokens with its output, the context is 260',
  );
});

it('names every fault of a workloads file', () => {
  const file = join(folder, 'workloads.json');
  writeFileSync(file, JSON.stringify({ ...WORKLOADS, prefill: [1.5], decode: [[1]] }));
  expect(() => readWorkloads(file)).toThrow(
    expect.objectContaining({
      code: 'FILE_INVALID',
      faults: [
        { field: 'prefill', message: 'must be a list of token ids' },
        { field: 'decode', message: 'must be a list of 32 or more lists of token ids' },
      ],
    }),
  );
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ModelFile, openModel } from '@helium/model';
import { createTinyModel } from '@helium/model/tiny';
import { GREEDY } from '@helium/shared';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StepExecutor } from '../../batching/step-executor.ts';
import { createOnnxExecutor } from './onnx-executor.ts';
import type { OnnxOptions } from './onnx-options.ts';
import { findDifferences, randomSchedule, SchedulePlayer } from './random-schedule.ts';

const SCHEDULES = 60;

/** Short of memory, short of slots, and neither. */
const ENGINES: readonly Partial<OnnxOptions>[] = [
  { threads: 1, maxBatch: 4, kvMib: 1 },
  { threads: 2, maxBatch: 2, kvMib: 4 },
  { threads: 2, maxBatch: 16, kvMib: 8 },
];

describe('tokens and log probabilities of any call', () => {
  let folder: string;
  let model: ModelFile;
  const opened: StepExecutor[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'helium-schedules-'));
    model = openModel(await createTinyModel(folder));
  });

  afterAll(async () => {
    for (const executor of opened) await executor.close();
    model.close();
    rmSync(folder, { recursive: true });
  });

  async function player(options: Partial<OnnxOptions>, of = model): Promise<SchedulePlayer> {
    return new SchedulePlayer(await open(options, of));
  }

  async function open(options: Partial<OnnxOptions>, of = model): Promise<StepExecutor> {
    const executor = await createOnnxExecutor(of, {
      threads: 1,
      precision: 'fast',
      maxBatch: 1,
      kvMib: 8,
      contextTokens: 0,
      graphFolder: folder,
      ...options,
    });
    opened.push(executor);
    return executor;
  }

  it.each(['fast', 'exact'] as const)(
    'are bit for bit those it has alone, in any schedule, in %s precision',
    async (precision) => {
      const size = {
        vocab: model.config.vocab,
        callsMax: 6,
        promptTokensMax: 220,
        outputTokensMax: 10,
      };
      const alone = await player({ precision, promptLookup: false });
      const players = await Promise.all(ENGINES.map((engine) => player({ ...engine, precision })));
      for (let seed = 0; seed < SCHEDULES; seed++) {
        const calls = randomSchedule(seed, size);
        const expected = await alone.playAlone(calls);
        for (const [i, candidate] of players.entries()) {
          const found = findDifferences(calls, await candidate.play(calls), expected);
          expect(found, `seed ${seed}, engine ${i}`).toEqual([]);
        }
      }
    },
  );

  it.each([
    { heads: 4, kvHeads: 4, stackedQueries: 'on' },
    { heads: 4, kvHeads: 4, stackedQueries: 'off' },
    { heads: 2, kvHeads: 1, stackedQueries: 'on' },
    { heads: 6, kvHeads: 2, stackedQueries: 'on' },
    { heads: 6, kvHeads: 2, stackedQueries: 'off' },
  ] as const)(
    'are those it has alone with $heads heads, $kvHeads of them of KV, stacked: $stackedQueries',
    async (form) => {
      const { stackedQueries, ...shape } = form;
      const fileName = `${Object.values(form).join('-')}.gguf`;
      const other = openModel(await createTinyModel(folder, { ...shape, fileName }));
      const alone = await player({ stackedQueries, promptLookup: false }, other);
      const together = await player({ stackedQueries, threads: 2, maxBatch: 16 }, other);
      const size = { callsMax: 6, promptTokensMax: 600, outputTokensMax: 8 };
      for (let seed = 0; seed < 6; seed++) {
        const calls = randomSchedule(seed, { vocab: other.config.vocab, ...size });
        const expected = await alone.playAlone(calls);
        const found = findDifferences(calls, await together.play(calls), expected);
        expect(found, `seed ${seed}`).toEqual([]);
      }
      other.close();
    },
  );

  it.each(['fast', 'exact'] as const)(
    'are those it has alone without drafts, where many of its tokens are drafted, in %s precision',
    async (precision) => {
      const alone = await player({ precision, promptLookup: false });
      let accepted = 0;
      const engines = await Promise.all(
        [ENGINES[0]!, ENGINES[2]!].map(async (engine) => {
          const executor = await open({ ...engine, precision });
          const step = executor.step.bind(executor);
          executor.step = async (plan) => {
            const output = await step(plan);
            for (const further of output.further?.values() ?? []) accepted += further.length;
            return output;
          };
          return new SchedulePlayer(executor);
        }),
      );
      // Few different tokens, so that they repeat themselves.
      const size = { vocab: 6, callsMax: 4, promptTokensMax: 150, outputTokensMax: 90 };
      let tokens = 0;
      for (let seed = 0; seed < 12; seed++) {
        const calls = randomSchedule(seed, size);
        tokens += calls.reduce((sum, { outputTokens }) => sum + outputTokens, 0);
        const expected = await alone.playAlone(calls);
        for (const [i, candidate] of engines.entries()) {
          const found = findDifferences(calls, await candidate.play(calls), expected);
          expect(found, `seed ${seed}, engine ${i}`).toEqual([]);
        }
      }
      expect(accepted).toBeGreaterThan(tokens / 10);
    },
  );

  it('are those it has alone also where a call needs nearly all memory, between others', async () => {
    const alone = await player({ promptLookup: false });
    const tight = await player({ maxBatch: 4, kvMib: 1 });
    const { kvTokens, kvTokensAlone = 0 } = tight.limits;
    expect(kvTokensAlone).toBeGreaterThan(1.9 * kvTokens);
    const size = { callsMax: 4, promptTokensMax: 300, outputTokensMax: 8 };
    for (let seed = 0; seed < 4; seed++) {
      const calls = [...randomSchedule(seed, { vocab: model.config.vocab, ...size })];
      const start = calls[0]!.prompt;
      // The first of them takes the last token there is.
      for (const missing of [0, 300]) {
        const outputTokens = 5 + seed;
        const length = kvTokensAlone - missing - outputTokens;
        const prompt = Int32Array.from({ length }, (_, i) => start[i] ?? (i * 31 + seed) % 200);
        const sampling = GREEDY;
        calls.push({ prompt, outputTokens, sampling, arrival: seed, cancelAfter: undefined });
      }
      const played = await tight.play(calls);
      const expected = await alone.playAlone(calls);
      expect(findDifferences(calls, played, expected), `seed ${seed}`).toEqual([]);
    }
  });
});

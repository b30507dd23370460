import { type Call, createPrng, type Prng } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import { createCall, ENDLESS, PlannerBench } from './planner-bench.fixture.ts';
import type { ExecutorLimits } from './step-executor.ts';

const CONTEXT = 8192;

/** As the onnx engine has it, at its largest. */
const LARGE: Partial<ExecutorLimits> = {
  contextTokens: CONTEXT,
  blockTokens: 16,
  chunkTokens: 64,
  chunkTokensMax: 96,
  maxBatch: 256,
  prefillTokensBusy: 256,
  prefillTokensIdle: 512,
  heldStepsMax: 8,
};

interface Arrival {
  readonly call: Call;
  readonly prompt: Int32Array;
  readonly at: number;
}

/** Prompts of one of a few systems and a tail of their own; every fiftieth fills the context. */
function arrivals(random: Prng, count: number): Arrival[] {
  const whole = (least: number, most: number) => least + Math.floor(random() * (most - least + 1));
  return Array.from({ length: count }, (_, i) => {
    const isLong = i % 50 === 25;
    const system = whole(0, 4);
    const shared = Array.from({ length: 40 + 30 * system }, (_, at) => 1000 * (system + 1) + at);
    const own = isLong ? CONTEXT - shared.length - 8 : whole(1, 60);
    const tail = Array.from({ length: own }, (_, at) => 100_000 * (i + 1) + at);
    const call = createCall(`${i}`, { order: whole(0, 9), maxTokens: whole(1, 8) });
    return { call, prompt: Int32Array.from([...shared, ...tail]), at: whole(0, 20) };
  });
}

function play(
  arriving: readonly Arrival[],
  limits: Partial<ExecutorLimits>,
  options: ConstructorParameters<typeof PlannerBench>[1] = {},
): PlannerBench {
  const bench = new PlannerBench({ ...LARGE, ...limits }, options);
  for (let turn = 0; ; turn++) {
    expect(turn).toBeLessThan(5000);
    for (const { call, prompt, at } of arriving) if (at === turn) bench.submit(call, prompt);
    if (bench.step() === undefined && turn > 20) return bench;
  }
}

function textAlone(call: Call, prompt: Int32Array): string | undefined {
  const bench = new PlannerBench({ ...LARGE, kvTokens: 2 * CONTEXT });
  bench.submit({ ...call, reusePrefix: false }, prompt);
  bench.run();
  return bench.resultOf(call)?.text;
}

describe('Planner with 256 calls at once and prompts that fill the context', () => {
  it.each([
    ['roomy memory', 64 * CONTEXT],
    ['memory for little more than the longest call', CONTEXT + 2048],
  ])('answers every call as alone, within %s', (_, kvTokens) => {
    const arriving = arrivals(createPrng(7), 320);
    const bench = play(arriving, { kvTokens });
    const ids = bench.results.map((result) => result.id);
    expect(ids.toSorted()).toEqual(arriving.map(({ call }) => call.id).toSorted());
    expect(bench.results.filter((result) => result.error !== undefined)).toEqual([]);
    for (const { call, prompt } of arriving.slice(0, 30)) {
      expect(bench.resultOf(call)?.text).toBe(textAlone(call, prompt));
    }
    for (const { decode, prefills } of bench.plans) {
      expect(decode.length).toBeLessThanOrEqual(256);
      const prefilled = prefills.reduce((sum, chunk) => sum + chunk.tokens.length, 0);
      expect(prefilled).toBeLessThanOrEqual(decode.length > 0 ? 256 : 512);
    }
    const { residency } = bench.planner;
    expect(residency.counters).toMatchObject({ reservedBlocks: 0, privateTokens: 0 });
  });

  it('decodes 256 calls together where there is room', () => {
    const arriving = Array.from({ length: 300 }, (_, i): Arrival => {
      const call = createCall(`${i}`, { maxTokens: 12 });
      return { call, prompt: Int32Array.from({ length: 6 }, (_, at) => 10 * i + at), at: 0 };
    });
    const bench = play(arriving, { kvTokens: 64 * CONTEXT }, ENDLESS);
    expect(Math.max(...bench.plans.map(({ decode }) => decode.length))).toBe(256);
  });

  it('lets no running call wait for a prompt that fills the context, nor that prompt for them', () => {
    const bench = new PlannerBench({ ...LARGE, kvTokens: 8 * CONTEXT }, ENDLESS);
    for (let i = 0; i < 100; i++) {
      const prompt = Int32Array.from({ length: 10 }, (_, at) => 1000 * i + at);
      bench.submit(createCall(`${i}`, { maxTokens: 60 }), prompt);
    }
    while (bench.planner.load.queuedCalls > 0) bench.step();
    bench.step();
    const long = createCall('long', { maxTokens: 2 });
    bench.submit(
      long,
      Int32Array.from({ length: CONTEXT - 2 }, (_, at) => 1e6 + at),
    );
    const before = bench.plans.length;
    while (bench.resultOf(long) === undefined) {
      const decoding = bench.plans.at(-1)!.decode.length;
      const plan = bench.step();
      expect(plan?.decode.length).toBeGreaterThanOrEqual(Math.min(decoding, 100));
    }
    // 256 tokens a step beside the others, then its own two tokens.
    expect(bench.plans.length - before).toBeLessThanOrEqual(CONTEXT / 256 + 2);
  });

  it('drops what it computes ahead in the step after a call has come', () => {
    const bench = new PlannerBench({ ...LARGE, kvTokens: 4 * CONTEXT });
    const tokens = Int32Array.from({ length: CONTEXT }, (_, at) => at);
    bench.direct({ kind: 'prefetch', cacheSalt: '', tokens, pin: false, nextUse: 5 });
    for (let i = 0; i < 3; i++) bench.step();
    bench.submit(createCall('a'), Int32Array.of(9, 9, 9));
    const plan = bench.step();
    expect(plan?.prefills.map((chunk) => chunk.tokens.length)).toEqual([3]);
    bench.run();
    expect(bench.events.filter((event) => event.kind === 'prefetched')).toHaveLength(1);
  });
});

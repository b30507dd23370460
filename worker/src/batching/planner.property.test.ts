import { type Call, sequenceBlockHashes } from '@helium/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCall, LIMITS, PlannerBench, runAlone } from './planner-bench.fixture.ts';
import type { StepPlan } from './step-executor.ts';

interface Arrival {
  readonly call: Call;
  readonly prompt: Int32Array;
  /** Steps before it is submitted, and after that before it is cancelled. */
  readonly at: number;
  readonly cancelAfter: number | undefined;
  readonly cancelInStep: boolean;
}

/** Prompts made of few pieces of odd lengths, so that they share prefixes that end off the grid. */
const prompt = fc
  .array(fc.nat({ max: 2 }), { minLength: 1, maxLength: 4 })
  .map((pieces) =>
    Int32Array.from(
      pieces.flatMap((piece) => Array.from({ length: 3 + 4 * piece }, (_, i) => piece * 10 + i)),
    ),
  );

const arrival = fc.record({
  prompt,
  at: fc.nat({ max: 12 }),
  order: fc.nat({ max: 5 }),
  maxTokens: fc.integer({ min: 1, max: 9 }),
  stop: fc.constantFrom([], [], ['b'], ['é', ' c']),
  reusePrefix: fc.constantFrom(true, true, true, false),
  cacheSalt: fc.constantFrom('', '', 'other'),
  cancelAfter: fc.option(fc.nat({ max: 6 }), { nil: undefined, freq: 3 }),
  cancelInStep: fc.boolean(),
});

const script = fc.array(arrival, { minLength: 1, maxLength: 12, size: 'max' }).map((list) =>
  list.map(({ prompt, at, cancelAfter, cancelInStep, ...fields }, i): Arrival => {
    return { call: createCall(`${i}`, fields), prompt, at, cancelAfter, cancelInStep };
  }),
);

const directive = fc.record({
  at: fc.nat({ max: 14 }),
  kind: fc.constantFrom('prefetch' as const, 'pin' as const, 'release' as const),
  tokens: prompt,
  cacheSalt: fc.constantFrom('', '', 'other'),
  pin: fc.boolean(),
  nextUse: fc.nat({ max: 6 }),
});

const chunks = fc.constantFrom(
  { chunkTokens: 4, chunkTokensMax: 4 },
  { chunkTokens: 8, chunkTokensMax: 8 },
  { chunkTokens: 8, chunkTokensMax: 11 },
);

const limits = fc.record({
  kvTokens: fc.oneof(fc.integer({ min: 48, max: 120 }), fc.constant(400)),
  aloneTokens: fc.constantFrom(0, 0, 8, 40),
  maxBatch: fc.integer({ min: 1, max: 4 }),
  prefillTokensBusy: fc.constantFrom(2, 4, 8),
  prefillTokensIdle: fc.constantFrom(4, 16),
  heldStepsMax: fc.constantFrom(0, 3),
  prefetchTokens: fc.constantFrom(2, 4, 8),
  chunks,
});

const scenario = fc.record({
  script,
  directives: fc.array(directive, { maxLength: 4 }),
  limits,
  isWatched: fc.boolean(),
  furtherMax: fc.constantFrom(0, 0, 1, 3),
});
type Scenario = typeof scenario extends fc.Arbitrary<infer T> ? T : never;

/** Plays a scenario to its end. `watch` sees every plan before its step. */
function play(
  { script, directives, limits, isWatched, furtherMax }: Scenario,
  watch: (plan: StepPlan, bench: PlannerBench) => void = () => {},
): PlannerBench {
  const { chunks: chunkLimits, aloneTokens, ...others } = limits;
  const kvTokensAlone = limits.kvTokens + aloneTokens;
  const all = { ...others, ...chunkLimits, kvTokensAlone };
  const bench = new PlannerBench(all, {}, (plan) => watch(plan, bench));
  bench.executor.furtherMax = furtherMax;
  const lastTurn = Math.max(...script.map(({ at, cancelAfter = 0 }) => at + cancelAfter), 14);
  for (let turn = 0; ; turn++) {
    expect(turn).toBeLessThan(2000);
    for (const { at, ...rest } of directives) if (at === turn) bench.direct(rest);
    for (const { call, prompt, at } of script) {
      if (at === turn) bench.submit({ ...call, streamDeltas: isWatched }, prompt);
    }
    const cancelled = script.filter((a) => a.at + (a.cancelAfter ?? Number.NaN) === turn);
    for (const { call, cancelInStep } of cancelled) if (!cancelInStep) bench.cancel(call);
    const cancelRest = () => {
      for (const { call, cancelInStep } of cancelled) if (cancelInStep) bench.cancel(call);
    };
    const isIdle = bench.step(cancelRest) === undefined;
    if (isIdle) cancelRest();
    if (isIdle && turn > lastTurn) return bench;
  }
}

const check = (property: (played: Scenario) => void, numRuns = 300) =>
  fc.assert(fc.property(scenario, property), { numRuns });

describe('Planner, over random arrivals, cancels, directives and memory sizes', () => {
  it('finishes every call exactly once', () => {
    check((played) => {
      const ids = play(played).results.map((result) => result.id);
      expect(ids.toSorted()).toEqual(played.script.map(({ call }) => call.id).toSorted());
    });
  });

  it('gives every call the text and the end that it has alone', () => {
    check((played) => {
      const bench = play(played);
      for (const { call, prompt, cancelAfter } of played.script) {
        const result = bench.resultOf(call)!;
        const alone = runAlone(call, prompt);
        if (result.finish === 'cancelled') expect(cancelAfter).toBeDefined();
        else if (result.finish === 'error') expect(result.error?.code).toBe('KV_TOO_SMALL');
        else expect([result.text, result.finish]).toEqual([alone.text, alone.finish]);
        expect(bench.deltaText(call)).toBe(played.isWatched ? result.text : '');
      }
    });
  });

  it('gives all memory back, and counts what was computed', () => {
    check((played) => {
      const bench = play(played);
      const { residency } = bench.planner;
      expect(residency.counters).toMatchObject({
        reservedBlocks: 0,
        referencedBlocks: 0,
        privateTokens: 0,
      });
      const computed = bench.plans.flatMap((plan) => plan.prefills.map((c) => c.tokens.length));
      const calls = bench.results.reduce((sum, { usage }) => sum + usage.prefilledTokens, 0);
      expect(calls + bench.prefetchedTokens).toBe(computed.reduce((a, b) => a + b, 0));
      for (const { call, prompt } of played.script) {
        const { usage, finish } = bench.resultOf(call)!;
        expect(usage.prefilledTokens + usage.reusedTokens).toBe(usage.promptTokens);
        if (finish === 'stop' || finish === 'length') {
          expect(usage.promptTokens).toBe(prompt.length);
        }
      }
    });
  });

  it('steps every decoding call, with bounded prefill beside it', () => {
    check((played) => {
      const decoding = new Set<number>();
      const { maxBatch, prefillTokensBusy, heldStepsMax } = played.limits;
      const { chunkTokens, chunkTokensMax } = played.limits.chunks;
      let held = 0;
      play(played, (plan) => {
        for (const slot of plan.releaseSequences) decoding.delete(slot);
        const prefill = plan.prefills.reduce((sum, chunk) => sum + chunk.tokens.length, 0);
        const isHeld = plan.decode.length === 0 && decoding.size > 0;
        held = isHeld ? held + 1 : 0;
        expect(held).toBeLessThanOrEqual(played.isWatched ? 0 : heldStepsMax);
        if (isHeld) expect(prefill).toBeGreaterThan(prefillTokensBusy - chunkTokens);
        else expect([...plan.decode].toSorted()).toEqual([...decoding].toSorted());
        expect(decoding.size).toBeLessThanOrEqual(maxBatch);
        if (decoding.size > 0) {
          expect(prefill).toBeLessThanOrEqual(Math.max(prefillTokensBusy, chunkTokensMax));
        }
        for (const chunk of plan.prefills) if (chunk.last) decoding.add(chunk.slot);
      });
    });
  });

  it('computes no block that is resident or in the same step, except the last of a prompt', () => {
    check((played) => {
      // With less memory, a call that runs alone may have to give up what it could reuse.
      const roomy = { ...played, limits: { ...played.limits, kvTokens: 400 } };
      play(roomy, (plan, { planner }) => {
        const inStep = new Set<string>();
        for (const { start, tokens, last } of plan.prefills) {
          // A chunk is a view of its prompt.
          const owner = played.script.find((a) => a.prompt.buffer === tokens.buffer)?.call;
          if (last || owner?.reusePrefix === false) continue;
          const prefix = new Int32Array(tokens.buffer, 0, start + tokens.length);
          const directed = played.directives.find((d) => d.tokens.buffer === tokens.buffer);
          const salt = owner?.cacheSalt ?? directed!.cacheSalt;
          const hashes = sequenceBlockHashes(prefix, LIMITS.blockTokens, salt);
          expect(planner.residency.match(hashes)).toBeLessThan(hashes.length);
          expect(inStep).not.toContain(hashes.at(-1));
          inStep.add(hashes.at(-1)!);
        }
      });
    });
  });

  it('tells every change of residency, in order', () => {
    check((played) => {
      const bench = play(played);
      const resident = new Set<string>();
      for (const event of bench.events) {
        if (event.kind !== 'residency' || event.event.kind === 'cleared') continue;
        const { kind, blocks } = event.event;
        for (const block of blocks) {
          expect(resident.has(block)).toBe(kind === 'removed');
          if (kind === 'stored') resident.add(block);
          else resident.delete(block);
        }
      }
      const { blocks } = bench.planner.residency.snapshot();
      expect(resident).toEqual(new Set(blocks.map((block) => block.hash)));
    });
  });
});

import { HeliumError } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import {
  createCall,
  createPrompt,
  ENDLESS,
  PlannerBench,
  runAlone,
} from './planner-bench.fixture.ts';

describe('Planner', () => {
  it('runs a call to its end, with the text it gives alone and a full account', () => {
    const bench = new PlannerBench();
    const call = createCall('a');
    bench.submit(call, createPrompt(1, 10));
    bench.run();
    const alone = runAlone(call, createPrompt(1, 10));
    expect(bench.results).toHaveLength(1);
    expect(bench.resultOf(call)).toMatchObject({ text: alone.text, finish: alone.finish });
    expect(bench.resultOf(call)?.usage).toMatchObject({
      promptTokens: 10,
      prefilledTokens: 10,
      reusedTokens: 0,
    });
    expect(bench.deltaText(call)).toBe(alone.text);
  });

  it('takes what came after a token in its step, and nothing behind the end', () => {
    const prompt = createPrompt(4, 3);
    for (const [call, options] of [
      [createCall('length', { maxTokens: 11 }), ENDLESS],
      [createCall('end', { maxTokens: 60 }), {}],
      [createCall('stop', { maxTokens: 60, stop: ['b'] }), ENDLESS],
    ] as const) {
      const single = new PlannerBench({}, options);
      const bench = new PlannerBench({}, options);
      bench.executor.furtherMax = 4;
      for (const { planner } of [single, bench]) planner.submit(call, prompt, 0);
      single.run();
      bench.run();
      const [expected, got] = [single.resultOf(call)!, bench.resultOf(call)!];
      const { outputTokens } = expected.usage;
      expect(outputTokens).toBeGreaterThan(2);
      expect({ text: got.text, finish: got.finish }).toEqual({
        text: expected.text,
        finish: expected.finish,
      });
      expect(got.usage.outputTokens).toBe(outputTokens);
      expect(bench.deltaText(call)).toBe(expected.text);
      expect(bench.plans.length).toBeLessThan(single.plans.length);
      const steps = bench.events.flatMap((e) => (e.kind === 'stepped' ? [e] : []));
      const decoded = steps.reduce((sum, { step }) => sum + step.decodeCalls, 0);
      expect(decoded).toBe(outputTokens - 1);
      const told = steps.flatMap(({ tokens }) => tokens.get(call.id) ?? []);
      const all = single.events.flatMap((e) =>
        e.kind === 'stepped' ? (e.tokens.get(call.id) ?? []) : [],
      );
      expect(told).toEqual(all.slice(0, told.length));
    }
  });

  it('admits in order, then arrival', () => {
    const bench = new PlannerBench({ maxBatch: 1 });
    const calls = [createCall('late', { order: 5 }), createCall('first', { order: 1 })];
    calls.push(createCall('second', { order: 1 }));
    for (const [seed, call] of calls.entries()) bench.submit(call, createPrompt(seed, 6));
    bench.run();
    expect(bench.results.map((result) => result.id)).toEqual(['first', 'second', 'late']);
  });

  it('lets calls join and leave while others decode', () => {
    const bench = new PlannerBench({}, ENDLESS);
    const early = createCall('early', { maxTokens: 20 });
    bench.submit(early, createPrompt(4, 5));
    bench.step();
    bench.submit(createCall('joining', { maxTokens: 1 }), createPrompt(3, 5));
    const plan = bench.step();
    expect(plan?.decode).toHaveLength(1);
    expect(plan?.begin).toHaveLength(1);
    expect(bench.results.map((result) => result.id)).toEqual(['joining']);
  });

  it('fills a step to its last block with calls whose rest is that short', () => {
    const bench = new PlannerBench({ prefillTokensIdle: 12, chunkTokens: 8, chunkTokensMax: 8 });
    bench.submit(createCall('first'), createPrompt(1, 9));
    bench.run();
    bench.submit(createCall('new'), createPrompt(2, 8));
    bench.submit(createCall('known'), createPrompt(1, 12));
    bench.submit(createCall('later'), createPrompt(3, 8));
    const plan = bench.step();
    expect(plan?.prefills.map(({ start, tokens }) => [start, tokens.length])).toEqual([
      [0, 8],
      [8, 4],
    ]);
  });

  it('bounds prefill while others decode, and cuts chunks on the absolute grid', () => {
    const bench = new PlannerBench({}, ENDLESS);
    bench.submit(createCall('decoding', { maxTokens: 30 }), createPrompt(4, 3));
    bench.step();
    bench.submit(createCall('long'), createPrompt(2, 30));
    const plan = bench.step();
    expect(plan?.prefills.map((chunk) => [chunk.start, chunk.tokens.length])).toEqual([
      [0, 4],
      [4, 4],
    ]);
    expect(plan?.decode).toHaveLength(1);
  });

  it('reuses whole blocks and always computes one prompt token', () => {
    const bench = new PlannerBench();
    bench.submit(createCall('first'), createPrompt(1, 8));
    bench.run();
    const same = createCall('same');
    const longer = createCall('longer');
    bench.submit(same, createPrompt(1, 8));
    bench.submit(longer, createPrompt(1, 11));
    bench.run();
    expect(bench.resultOf(same)?.usage).toMatchObject({ prefilledTokens: 4, reusedTokens: 4 });
    expect(bench.resultOf(longer)?.usage).toMatchObject({ prefilledTokens: 3, reusedTokens: 8 });
  });

  it('waits for a block in flight, and computes it if the other call is cancelled', () => {
    const bench = new PlannerBench({ prefillTokensIdle: 4 });
    const first = createCall('first');
    const second = createCall('second');
    bench.submit(first, createPrompt(1, 17));
    bench.submit(second, createPrompt(1, 18));
    expect(bench.step()?.begin).toHaveLength(1);
    expect(bench.step()?.begin).toHaveLength(0);
    bench.cancel(first);
    const plan = bench.step();
    expect(plan?.begin).toMatchObject([{ blocks: [0, 1] }]);
    bench.run();
    expect(bench.resultOf(second)?.usage).toMatchObject({ prefilledTokens: 10, reusedTokens: 8 });
    expect(bench.resultOf(second)?.text).toBe(runAlone(second, createPrompt(1, 18)).text);
  });

  it.each([
    ['sit out full steps of prefill while nobody watches', false, [0, 0, 1, 0, 1, 2]],
    ['are in every step while somebody watches', true, [1, 1, 1, 1, 1, 2]],
  ])('lets running calls %s', (_, streamDeltas, decoding) => {
    const bench = new PlannerBench({ heldStepsMax: 2 }, ENDLESS);
    bench.submit(createCall('runs', { streamDeltas, maxTokens: 60 }), createPrompt(1, 1));
    expect(bench.step()?.decode).toHaveLength(0);
    bench.submit(createCall('comes', { streamDeltas }), createPrompt(2, 36));
    // Four full steps of 8 tokens each, one that is not full, and one without prefill.
    const decoded = Array.from({ length: 6 }, () => bench.step()?.decode.length);
    expect(decoded).toEqual(decoding);
  });

  it('lets running calls sit out a step that has room for a chunk, but not for the next one', () => {
    const limits = { heldStepsMax: 8, chunkTokensMax: 6, prefillTokensBusy: 16 };
    const bench = new PlannerBench(limits, ENDLESS);
    // Of three prompts of 6 tokens in steps of 16 the third finds 4 left, which a chunk of 4 would fit in.
    for (const seed of [1, 2, 3, 4]) {
      const call = createCall(`${seed}`, { streamDeltas: false });
      bench.submit(call, createPrompt(seed, 6));
    }
    expect(bench.step()).toMatchObject({ prefills: { length: 2 }, decode: { length: 0 } });
    bench.submit(createCall('5', { streamDeltas: false }), createPrompt(5, 6));
    expect(bench.step()).toMatchObject({ prefills: { length: 2 }, decode: { length: 0 } });
    expect(bench.step()).toMatchObject({ prefills: { length: 1 }, decode: { length: 4 } });
  });

  it('neither reuses nor stores for a call without prefix reuse, nor across salts', () => {
    const bench = new PlannerBench();
    bench.submit(createCall('naive', { reusePrefix: false }), createPrompt(1, 9));
    bench.run();
    expect(bench.planner.residency.counters.residentBlocks).toBe(0);
    bench.submit(createCall('a', { cacheSalt: 'tenant-a' }), createPrompt(1, 9));
    bench.run();
    const other = createCall('b', { cacheSalt: 'tenant-b' });
    bench.submit(other, createPrompt(1, 9));
    bench.run();
    expect(bench.resultOf(other)?.usage.reusedTokens).toBe(0);
    expect(bench.planner.residency.counters.residentBlocks).toBe(4);
  });

  it('holds back what does not fit, and those after it, without losing any', () => {
    const options = { ...ENDLESS, pinBudgetBlocks: 0 };
    const bench = new PlannerBench({ kvTokens: 64, prefillTokensIdle: 64 }, options);
    const lengths = { first: 20, big: 40, small: 4 };
    for (const [order, [id, length]] of Object.entries(lengths).entries()) {
      bench.submit(createCall(id, { order }), createPrompt(order, length));
    }
    expect(bench.step()?.begin).toHaveLength(1);
    expect(bench.step()?.begin).toHaveLength(0);
    bench.run();
    const started = bench.plans.flatMap((plan) => plan.prefills.filter((c) => c.start === 0));
    expect(started.map((chunk) => chunk.tokens[0])).toEqual([0, 1000, 2000]);
    expect(bench.results.map((result) => result.id)).toEqual(['first', 'big', 'small']);
  });

  it('runs a call that fits alone only when nothing of it is stored', () => {
    const bench = new PlannerBench({ kvTokens: 28 }, { pinBudgetBlocks: 0 });
    const tight = createCall('tight');
    bench.submit(tight, createPrompt(1, 20));
    bench.run();
    expect(bench.resultOf(tight)?.text).toBe(runAlone(tight, createPrompt(1, 20)).text);
  });

  it('gives a long call the memory that is there for one alone, between the others', () => {
    const options = { pinBudgetBlocks: 1 };
    const limits = { kvTokens: 32, kvTokensAlone: 60, prefillTokensIdle: 64 };
    const bench = new PlannerBench(limits, options);
    const prompts = { first: 20, long: 48, second: 20 };
    const calls = Object.keys(prompts).map((id, order) => createCall(id, { order }));
    bench.direct({ kind: 'pin', tokens: createPrompt(0, 4), cacheSalt: '' });
    for (const [i, length] of Object.values(prompts).entries()) {
      bench.submit(calls[i]!, createPrompt(i, length));
    }
    const together: number[] = [];
    while (bench.step() !== undefined) {
      together.push(bench.planner.load.runningCalls);
      bench.planner.residency.checkIntegrity();
    }
    expect(Math.max(...together)).toBe(1);
    for (const [i, length] of Object.values(prompts).entries()) {
      expect(bench.resultOf(calls[i]!)?.text).toBe(
        runAlone(calls[i]!, createPrompt(i, length)).text,
      );
    }
    const tooLong = createCall('tooLong', { maxTokens: 8 });
    bench.submit(tooLong, createPrompt(9, 49));
    bench.run();
    expect(bench.resultOf(tooLong)?.error?.code).toBe('KV_TOO_SMALL');
  });

  it('counts the reused blocks once', () => {
    const options = { pinBudgetBlocks: 0 };
    const bench = new PlannerBench({ kvTokens: 48, prefillTokensIdle: 64 }, options);
    bench.submit(createCall('first', { maxTokens: 1 }), createPrompt(1, 32));
    bench.run();
    const calls = ['a', 'b'].map((id) => createCall(id, { maxTokens: 4 }));
    for (const [i, call] of calls.entries()) bench.submit(call, createPrompt(1, 33 + i));
    expect(bench.step()?.begin).toHaveLength(2);
  });

  it('refuses at once what can never run, and names the value and the limit', async () => {
    const bench = new PlannerBench({ kvTokens: 40 }, { pinBudgetBlocks: 1 });
    const messages = [
      [createCall('context'), createPrompt(1, 64)],
      [createCall('memory', { maxTokens: 9 }), createPrompt(1, 32)],
      [createCall('empty'), createPrompt(1, 0)],
      [createCall('fields', { maxTokens: 0, stop: ['x', ''] }), createPrompt(1, 5)],
      [
        createCall('sampling', { sampling: { temperature: -1, topK: 0.5, topP: 0 } }),
        createPrompt(1, 5),
      ],
    ] as const;
    for (const [call, prompt] of messages) bench.submit(call, prompt);
    bench.step();
    const lines = bench.results.map((r) => `${r.finish} ${r.error?.code}: ${r.error?.message}\n`);
    await expect(lines.join('')).toMatchFileSnapshot('testdata/refused-calls.txt');
  });

  it('ends at the context where maxTokens goes beyond it', () => {
    const bench = new PlannerBench({ contextTokens: 8 });
    const call = createCall('a', { maxTokens: 100 });
    bench.submit(call, createPrompt(4, 7));
    bench.run();
    expect(bench.resultOf(call)).toMatchObject({ finish: 'length', usage: { outputTokens: 1 } });
  });

  it('takes an id that has not finished as the same call', () => {
    const bench = new PlannerBench();
    bench.submit(createCall('a'), createPrompt(1, 5));
    bench.submit(createCall('a'), createPrompt(1, 5));
    bench.run();
    expect(bench.results).toHaveLength(1);
  });

  it('cancels a waiting call at once, a running one after the step', () => {
    const bench = new PlannerBench({ maxBatch: 1 }, ENDLESS);
    const running = createCall('running', { maxTokens: 30 });
    const waiting = createCall('waiting');
    bench.submit(running, createPrompt(4, 3));
    bench.submit(waiting, createPrompt(2, 3));
    bench.step(() => {
      bench.cancel(waiting);
      bench.cancel(running);
      expect(bench.planner.takeEvents().map((e) => e.kind === 'finished' && e.result.id)).toContain(
        'waiting',
      );
    });
    expect(bench.results).toMatchObject([{ id: 'running', finish: 'cancelled' }]);
    expect(bench.step()).toBeUndefined();
    expect(bench.planner.load.kvTokensUsed).toBe(0);
  });

  it('ends every call with the error when the executor fails', () => {
    const bench = new PlannerBench({ maxBatch: 1 }, ENDLESS);
    bench.submit(createCall('running', { maxTokens: 30 }), createPrompt(4, 9));
    bench.submit(createCall('waiting'), createPrompt(2, 3));
    bench.step();
    bench.planner.fail(new HeliumError('ENGINE_FAILED', 'out of memory'), 9);
    const ids = bench.planner
      .takeEvents()
      .map((e) => e.kind === 'finished' && [e.result.id, e.result.error?.code]);
    expect(ids).toEqual([
      ['running', 'ENGINE_FAILED'],
      ['waiting', 'ENGINE_FAILED'],
    ]);
  });
});

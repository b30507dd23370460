import { GREEDY, HeliumError, type SequenceBlockHash } from '@helium/shared';
import { afterEach, describe, expect, it } from 'vitest';
import { EngineBench, type EngineSubject, newCall, user } from './conformance-bench.fixture.ts';

export interface EngineSuite {
  readonly name: string;
  /** A fresh engine that takes so many calls at once. */
  open(maxBatch: number): Promise<EngineSubject>;
}

/** What every engine must do, whatever computes its tokens. */
export function describeEngine({ name, open }: EngineSuite): void {
  const opened: EngineBench[] = [];
  const openBench = async (maxBatch = 4) => {
    const bench = new EngineBench(await open(maxBatch));
    opened.push(bench);
    return bench;
  };

  describe(`engine ${name}`, () => {
    afterEach(async () => {
      for (const { engine } of opened.splice(0)) await engine.close();
    });
    describeResults(openBench);
    describeTexts(openBench);
    describeResidency(openBench);
    describeEnds(openBench);
  });
}

type Open = (maxBatch?: number) => Promise<EngineBench>;

const VERDICT = {
  type: 'object',
  properties: {
    verdict: { enum: ['buy', 'sell'] },
    score: { type: 'integer' },
    why: { type: 'string', maxLength: 12 },
  },
  required: ['verdict', 'score', 'why'],
};
/** Found out only while the text is written. */
const AMBIGUOUS = JSON.stringify({
  anyOf: Array.from({ length: 600 }, () => ({ type: 'string', maxLength: 3 })),
});
const SHORT = { outputSchema: JSON.stringify(VERDICT), maxTokens: 5 };

const QUESTIONS = Array.from({ length: 14 }, (_, i) => `What is the price of item ${i}?`);

function describeResults(open: Open): void {
  it('answers every call exactly once, many more than step together', async () => {
    const bench = await open();
    const calls = QUESTIONS.map((question) => newCall([user(question)]));
    await bench.runAll(calls);
    await bench.engine.drain();
    expect(bench.finishedIds.toSorted()).toEqual(calls.map((call) => call.id).toSorted());
  });

  it('starts waiting calls in order', async () => {
    const bench = await open(1);
    // While the first runs, the others come, perhaps not all at once.
    const first = newCall([user('hi')], { order: 0, maxTokens: 100 });
    const others = [5, 3, 1, 2, 4].map((order) => newCall([user('hi')], { order, maxTokens: 1 }));
    const calls = [first, ...others];
    await bench.runAll(calls);
    const orders = bench.finishedIds.map((id) => calls.find((call) => call.id === id)!.order);
    expect(orders).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('gives the same outputs alone and together, greedy and seeded, reusing or not', async () => {
    const together = await open();
    const alone = await open(1);
    const system = together.systemOf(2);
    for (const sampling of [
      { temperature: 0, topK: 0, topP: 1 },
      { temperature: 0.8, topK: 20, topP: 0.9, minP: 0.01, seed: 7n },
      { temperature: 0, topK: 0, topP: 1, repetitionPenalty: 1.5, presencePenalty: 1 },
    ]) {
      const calls = QUESTIONS.slice(0, 7).map((q) => newCall([system, user(q)], { sampling }));
      const results = await together.runAll(calls);
      for (const [i, call] of calls.entries()) {
        const { text, finish } = await alone.run({ ...call, reusePrefix: false });
        expect([results[i]?.text, results[i]?.finish]).toEqual([text, finish]);
      }
    }
  });

  it('counts what it prefilled, reused and generated', async () => {
    const bench = await open();
    const calls = QUESTIONS.map((question) => newCall([bench.systemOf(1), user(question)]));
    const results = await bench.runAll(calls);
    await bench.engine.drain();
    for (const [i, { usage }] of results.entries()) {
      expect(usage.promptTokens).toBe(bench.tokensOf(calls[i]!).length);
      expect(usage.prefilledTokens + usage.reusedTokens).toBe(usage.promptTokens);
      expect(usage.outputTokens).toBeLessThanOrEqual(12);
      expect(Math.min(usage.queueMs, usage.prefillMs, usage.decodeMs)).toBeGreaterThanOrEqual(0);
    }
    const steps = bench.eventsOf('stepped').map((event) => event.step);
    const sum = (list: number[]) => list.reduce((a, b) => a + b, 0);
    const prefilled = sum(results.map(({ usage }) => usage.prefilledTokens));
    const generated = sum(results.map(({ usage }) => usage.outputTokens));
    expect(sum(steps.map((step) => step.prefillTokens))).toBe(prefilled);
    expect(sum(steps.map((step) => step.decodeCalls))).toBe(generated - results.length);
  });
}

function describeTexts(open: Open): void {
  it('streams deltas that add up to the text, at the offsets they say', async () => {
    const bench = await open();
    const calls = QUESTIONS.map((question) => newCall([user(question)], { maxTokens: 30 }));
    const results = await bench.runAll(calls);
    for (const [i, call] of calls.entries()) {
      let text = '';
      for (const delta of bench.deltasOf(call)) {
        expect(delta.offset).toBe(text.length);
        expect(delta.text).not.toBe('');
        expect(delta.text.isWellFormed()).toBe(true);
        text += delta.text;
      }
      expect(text).toBe(results[i]?.text);
    }
  });

  it('streams nothing for a call that wants no deltas', async () => {
    const bench = await open();
    const quiet = newCall([user('hi')], { streamDeltas: false });
    await bench.run(quiet);
    expect(bench.deltasOf(quiet)).toEqual([]);
  });

  it('ends before a stop string and streams nothing of it', async () => {
    const bench = await open();
    const whole = await bench.run(newCall([user('hello')], { maxTokens: 30 }));
    const middle = [...whole.text].slice(2, 5).join('');
    expect(middle).not.toBe('');
    const stopped = newCall([user('hello')], { maxTokens: 30, stop: [middle] });
    const result = await bench.run(stopped);
    expect(result.finish).toBe('stop');
    expect(result.text).toBe(whole.text.slice(0, whole.text.indexOf(middle)));
    expect(
      bench
        .deltasOf(stopped)
        .map((delta) => delta.text)
        .join(''),
    ).toBe(result.text);
  });

  it('ends at a stop token, which is no part of the text', async () => {
    const bench = await open();
    const asked = { maxTokens: 30, logprobs: 0 };
    const whole = await bench.run(newCall([user('hello')], asked));
    const token = whole.logprobs![3]!.token;
    const first = whole.logprobs!.findIndex((each) => each.token === token);
    const stopped = await bench.run(newCall([user('hello')], { ...asked, stopTokens: [token] }));
    expect(stopped.finish).toBe('stop');
    expect(stopped.usage.outputTokens).toBe(first + 1);
    expect(whole.text.startsWith(stopped.text)).toBe(true);
    expect(stopped.logprobs).toEqual(whole.logprobs!.slice(0, first + 1));
  });

  it('tells log probabilities to who asks, the same alone and together', async () => {
    const bench = await open();
    const calls = QUESTIONS.slice(0, 5).map((q) => newCall([user(q)], { logprobs: 3 }));
    const plain = newCall(calls[0]!.messages);
    const [unasked, ...results] = await bench.runAll([plain, ...calls]);
    expect(unasked!.logprobs).toBeUndefined();
    expect(results[0]!.text).toBe(unasked!.text);
    const alone = await open(1);
    for (const [i, { logprobs = [], usage }] of results.entries()) {
      expect(logprobs).toHaveLength(usage.outputTokens);
      for (const { token, logprob, top } of logprobs) {
        expect(logprob).toBeLessThanOrEqual(0);
        // Greedy: what was chosen is what is likeliest.
        expect(top[0]).toMatchObject({ token, logprob });
        expect(top.reduce((sum, each) => sum + Math.exp(each.logprob), 0)).toBeLessThanOrEqual(1);
      }
      const again = await alone.run({ ...calls[i]!, reusePrefix: false });
      expect(again.logprobs).toEqual(logprobs);
    }
  });

  it('keeps to an output schema, the same alone and together, greedy and drawn', async () => {
    const bench = await open();
    const alone = await open(1);
    const calls = QUESTIONS.slice(0, 6).map((question, i) =>
      newCall([user(question)], {
        outputSchema: JSON.stringify(VERDICT),
        maxTokens: 200,
        sampling: i % 2 === 0 ? GREEDY : { temperature: 1, topK: 0, topP: 1, seed: BigInt(i) },
      }),
    );
    const free = newCall([user(QUESTIONS[0]!)]);
    const [unbound, ...results] = await bench.runAll([free, ...calls]);
    expect(unbound!.text).toBe((await alone.run(free)).text);
    for (const [i, { text, finish }] of results.entries()) {
      expect(finish).toBe('stop');
      const { verdict, score, why, ...rest } = JSON.parse(text);
      expect(['buy', 'sell']).toContain(verdict);
      expect(Number.isInteger(score)).toBe(true);
      expect([...why].length).toBeLessThanOrEqual(12);
      expect(rest).toEqual({});
      expect((await alone.run({ ...calls[i]!, reusePrefix: false })).text).toBe(text);
    }
    const cut = await bench.run({ ...newCall(calls[0]!.messages), ...SHORT });
    expect(cut.finish).toBe('length');
    expect(results[0]!.text.startsWith(cut.text)).toBe(true);
  });

  it('ends at maxTokens', async () => {
    const bench = await open();
    const result = await bench.run(newCall([user('hello')], { maxTokens: 2 }));
    expect(result).toMatchObject({ finish: 'length', usage: { outputTokens: 2 } });
  });
}

function describeResidency(open: Open): void {
  it('reuses just the whole blocks that prompts share', async () => {
    const bench = await open();
    const system = bench.systemOf(2);
    const [first, second] = ['one', 'two'].map((text) => newCall([system, user(text)]));
    const cold = await bench.run(first!);
    const warm = await bench.run(second!);
    const shared = bench.reusableTokens(first!, second!);
    expect(cold.usage.reusedTokens).toBe(0);
    expect(shared).toBeGreaterThan(bench.engine.description.blockTokens);
    expect(warm.usage.reusedTokens).toBe(shared);
  });

  it('computes a shared prefix once for calls that come together', async () => {
    const bench = await open();
    const system = bench.systemOf(2);
    const calls = QUESTIONS.slice(0, 6).map((q) => newCall([system, user(q)]));
    const results = await bench.runAll(calls);
    const shared = bench.reusableTokens(calls[0]!, calls[1]!);
    const cold = results.filter(({ usage }) => usage.reusedTokens < shared);
    expect(cold).toHaveLength(1);
  });

  it('keeps KV apart where the call says so, and between salts', async () => {
    const bench = await open();
    const messages = [bench.systemOf(1), user('hi')];
    await bench.run(newCall(messages, { reusePrefix: false }));
    expect((await bench.engine.snapshot()).blocks).toEqual([]);
    await bench.run(newCall(messages, { cacheSalt: 'one' }));
    const other = await bench.run(newCall(messages, { cacheSalt: 'two' }));
    const naive = await bench.run(newCall(messages, { cacheSalt: 'one', reusePrefix: false }));
    expect([other.usage.reusedTokens, naive.usage.reusedTokens]).toEqual([0, 0]);
  });

  it('tells residency changes that lead to its snapshot, within its memory', async () => {
    const bench = await open();
    const { kvTokens, blockTokens, contextTokens } = bench.engine.description;
    const blocks = Math.floor(contextTokens / blockTokens / 2);
    const count = Math.ceil(kvTokens / (blocks * blockTokens)) + 2;
    const calls = Array.from({ length: count }, (_, seed) =>
      newCall([bench.systemOf(blocks - 2, seed), user('hi')], { maxTokens: 2 }),
    );
    const results = await bench.runAll(calls);
    expect(results.map((result) => result.error)).toEqual(calls.map(() => undefined));
    const used = bench.eventsOf('stepped').map((event) => event.load.kvTokensUsed);
    expect(Math.max(...used)).toBeLessThanOrEqual(kvTokens);
    const resident = new Set<SequenceBlockHash>();
    let removals = 0;
    for (const { event } of bench.eventsOf('residency')) {
      if (event.kind === 'stored') for (const block of event.blocks) resident.add(block);
      if (event.kind !== 'removed') continue;
      for (const block of event.blocks) expect(resident.delete(block)).toBe(true);
      removals++;
    }
    const snapshot = await bench.engine.snapshot();
    expect(removals).toBeGreaterThan(0);
    expect(new Set(snapshot.blocks.map((block) => block.hash))).toEqual(resident);
    expect(snapshot.sequence).toBe(bench.eventsOf('residency').length);
  });

  it('prefetches and pins what it is told to', async () => {
    const bench = await open();
    const call = newCall([bench.systemOf(2), user('hi')]);
    const tokens = bench.tokensOf(call);
    const prefetch = { kind: 'prefetch', cacheSalt: '', tokens, pin: true, nextUse: 0 } as const;
    bench.engine.direct(prefetch);
    await expect.poll(() => bench.eventsOf('prefetched')).toHaveLength(1);
    const { residentTokens, computedTokens } = bench.eventsOf('prefetched')[0]!;
    expect(residentTokens).toBe(computedTokens);
    const { usage } = await bench.run(call);
    expect(usage.reusedTokens).toBe(bench.reusableTokens(call, call));
    const pins = async () => (await bench.engine.snapshot()).blocks.filter((b) => b.pinned).length;
    expect((await pins()) * bench.engine.description.blockTokens).toBe(residentTokens);
    bench.engine.direct({ kind: 'release', cacheSalt: '', tokens });
    expect(await pins()).toBe(0);
  });
}

function describeEnds(open: Open): void {
  it('ends cancelled calls once, wherever they stand', async () => {
    const bench = await open(1);
    const calls = QUESTIONS.slice(0, 4).map((q) => newCall([user(q)], { maxTokens: 200 }));
    const [running, waiting, early, late] = calls;
    bench.engine.cancel(early!.id);
    const results = bench.runAll(calls);
    bench.engine.cancel(waiting!.id);
    await expect.poll(() => bench.deltasOf(running!).length).toBeGreaterThan(0);
    for (const call of calls) bench.engine.cancel(call.id);
    bench.engine.cancel(running!.id);
    const finishes = (await results).map((result) => result.finish);
    await bench.engine.drain();
    bench.engine.cancel(late!.id);
    expect(finishes[1]).toBe('cancelled');
    expect(finishes.every((f) => ['cancelled', 'stop', 'length'].includes(f))).toBe(true);
    expect(bench.finishedIds.toSorted()).toEqual(calls.map((call) => call.id).toSorted());
  });

  it('gives back what has not begun, and lets the rest go on', async () => {
    const bench = await open(1);
    const calls = QUESTIONS.slice(0, 2).map((q) => newCall([user(q)], { maxTokens: 60 }));
    const [running, waiting] = calls;
    const results = bench.runAll(calls);
    bench.engine.cancel(waiting!.id, true);
    await expect.poll(() => bench.deltasOf(running!).length).toBeGreaterThan(0);
    bench.engine.cancel(running!.id, true);
    const finishes = (await results).map((result) => result.finish);
    expect(finishes[0]).toMatch(/stop|length/);
    expect(finishes[1]).toBe('cancelled');
  });

  it('answers bad calls with errors that name the limit, and goes on', async () => {
    const bench = await open();
    const { contextTokens } = bench.engine.description;
    const long = newCall([user('word '.repeat(contextTokens))]);
    const promptTokens = bench.tokensOf(long).length;
    const bad = [
      long,
      newCall([user('lone \ud800')]),
      newCall([user('hi')], { maxTokens: 0 }),
      newCall([user('hi')], { stop: [''] }),
      newCall([user('hi')], { outputSchema: '{"type":"string","uniqueItems":true}' }),
      newCall([user('hi')], { outputSchema: AMBIGUOUS }),
    ];
    const good = newCall([user('hi')]);
    const errors = (await bench.runAll(bad)).map((result) => result.error);
    expect(errors.map((error) => error?.code)).toEqual([
      'PROMPT_TOO_LONG',
      'TEXT_INVALID',
      'OPTIONS_INVALID',
      'OPTIONS_INVALID',
      'OPTIONS_INVALID',
      'OPTIONS_INVALID',
    ]);
    const limit = `prompt is ${promptTokens} tokens, the model takes ${contextTokens - 1}`;
    expect(errors[0]?.message).toBe(limit);
    expect((await bench.run(good)).error).toBeUndefined();
  });

  it('finishes what it has when drained, and takes nothing new', async () => {
    const bench = await open(1);
    const calls = QUESTIONS.slice(0, 4).map((question) => newCall([user(question)]));
    const results = bench.runAll(calls);
    const drained = bench.engine.drain();
    const late = await bench.run(newCall([user('late')]));
    await drained;
    expect(bench.finishedIds).toHaveLength(calls.length + 1);
    expect(late.error?.code).toBe('QUEUE_FULL');
    expect((await results).map((result) => result.error)).toEqual(calls.map(() => undefined));
  });

  it('ends what is unfinished when closed', async () => {
    const bench = await open(1);
    const calls = QUESTIONS.slice(0, 3).map((q) => newCall([user(q)], { maxTokens: 200 }));
    const results = bench.runAll(calls);
    await bench.engine.close();
    const finishes = (await results).map((result) => result.finish);
    expect(finishes.at(-1)).toBe('cancelled');
    expect(bench.eventsOf('failed')).toEqual([]);
  });

  it('refuses a second listener', async () => {
    const bench = await open();
    expect(() => bench.engine.onEvent(() => {})).toThrow(HeliumError);
  });
}

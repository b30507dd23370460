import { HeliumError } from '@helium/shared';
import { createTokenizer } from '@helium/shared/tokenizer';
import { describe, expect, it } from 'vitest';
import type { StepOutput, StepPlan } from '../batching/index.ts';
import { createBatchEngine } from './batch-engine.ts';
import { EngineBench, newCall, user } from './conformance-bench.fixture.ts';
import { createSimExecutor } from './sim/sim-executor.ts';
import { createSimVocabulary } from './sim/sim-tokenizer-spec.ts';

/** An engine whose executor goes through `step` first; `change` has the last word on what it gives. */
function openEngine(
  step: (plan: StepPlan) => Promise<void>,
  change: (output: StepOutput) => StepOutput = (output) => output,
  opened: Promise<void> = Promise.resolve(),
  prepareMore?: () => boolean,
) {
  const { spec, outputTokens, endToken } = createSimVocabulary();
  const tokenizer = createTokenizer(spec);
  const modelled = createSimExecutor({ outputTokens, endToken, limits: { maxBatch: 2 } });
  const closes: number[] = [];
  const executor = {
    limits: modelled.limits,
    opened,
    ...(prepareMore && { prepareMore }),
    async step(plan: StepPlan): Promise<StepOutput> {
      await step(plan);
      return change(await modelled.step(plan));
    },
    async close() {
      closes.push(1);
    },
  };
  const engine = createBatchEngine(executor, tokenizer);
  return { bench: new EngineBench({ engine, tokenizer }), closes };
}

describe('createBatchEngine', () => {
  it('ends every call with ENGINE_FAILED when the executor fails, then says so once', async () => {
    let steps = 0;
    const { bench } = openEngine(async () => {
      if (++steps === 3) throw new Error('device lost');
    });
    const calls = ['a', 'b', 'c', 'd'].map((text) => newCall([user(text)], { maxTokens: 50 }));
    const results = await bench.runAll(calls);
    expect(results.map((result) => result.error?.code)).toEqual(calls.map(() => 'ENGINE_FAILED'));
    expect(results[0]?.error?.message).toBe('the engine failed: device lost');
    expect(results[0]?.usage.outputTokens).toBe(2);
    const late = await bench.run(newCall([user('late')]));
    expect(late.error?.code).toBe('ENGINE_FAILED');
    await bench.engine.drain();
    expect(bench.eventsOf('failed')).toHaveLength(1);
    const last = bench.events.findIndex((event) => event.kind === 'failed');
    expect(bench.finishedIds.length).toBe(
      bench.events.slice(0, last).filter(isFinished).length + 1,
    );
    await bench.engine.close();
  });

  it('fails without a call, finally, when its executor finds that it cannot step', async () => {
    const { promise: opened, reject } = Promise.withResolvers<void>();
    const { bench } = openEngine(async () => {}, undefined, opened);
    expect((await bench.run(newCall([user('early')]))).error).toBeUndefined();
    reject(new HeliumError('ENGINE_FAILED', 'no such operator'));
    await expect.poll(() => bench.eventsOf('failed')).toHaveLength(1);
    const message = 'the engine failed: no such operator';
    expect(bench.eventsOf('failed')).toEqual([{ kind: 'failed', message, isFinal: true }]);
    const late = await bench.run(newCall([user('late')]));
    expect(late.error?.code).toBe('ENGINE_FAILED');
    await bench.engine.close();
  });

  it('prepares what is of use later while there is nothing to do, call by call, until nothing is left', async () => {
    const log: string[] = [];
    let left = Number.POSITIVE_INFINITY;
    const { bench } = openEngine(
      async () => void log.push('step'),
      undefined,
      Promise.resolve(),
      () => {
        log.push('prepare');
        return --left > 0;
      },
    );
    await expect.poll(() => log.length).toBeGreaterThan(2);
    const result = await bench.run(newCall([user('now')], { maxTokens: 5 }));
    expect(result).toMatchObject({ finish: 'length', usage: { outputTokens: 5 } });
    const steps = log.slice(log.indexOf('step'), log.lastIndexOf('step') + 1);
    expect(steps).not.toContain('prepare');
    log.length = 0;
    left = 3;
    await expect.poll(() => left).toBe(0);
    await bench.engine.close();
    expect(log.filter((entry) => entry === 'prepare').length).toBeLessThan(10);
  });

  it('ends a call that alone cannot be computed, and no other', async () => {
    const error = new HeliumError('ENGINE_FAILED', 'logits at position 9 are not numbers');
    let steps = 0;
    const { bench } = openEngine(
      async () => {},
      ({ tokens, ...output }) => {
        if (++steps !== 3) return { tokens, ...output };
        const [slot] = tokens.keys();
        const left = new Map([...tokens].filter(([other]) => other !== slot));
        return { ...output, tokens: left, failures: new Map([[slot!, error]]) };
      },
    );
    const calls = ['a', 'b', 'c'].map((text) => newCall([user(text)], { maxTokens: 50 }));
    const [failed, ...others] = await bench.runAll(calls);
    expect(failed).toMatchObject({ finish: 'error', error: { code: 'ENGINE_FAILED' } });
    expect(failed?.error?.message).toBe(error.message);
    expect(failed?.usage.outputTokens).toBe(2);
    expect(others.map((result) => result.error)).toEqual([undefined, undefined]);
    expect(bench.eventsOf('failed')).toEqual([]);
    await bench.engine.close();
  });

  it('runs one step at a time', async () => {
    let running = 0;
    const { bench } = openEngine(async () => {
      running++;
      await new Promise(setImmediate);
      if (running > 1) throw new HeliumError('INVARIANT_BROKEN', 'two steps at once');
      running--;
    });
    const calls = ['a', 'b', 'c'].map((text) => newCall([user(text)]));
    const results = await bench.runAll(calls);
    expect(results.every((result) => result.error === undefined)).toBe(true);
    await bench.engine.close();
  });

  it('tells a cancelled waiting call without waiting for the step', async () => {
    const gate = Promise.withResolvers<void>();
    const { bench } = openEngine(() => gate.promise);
    const [first, second, waiting] = ['a', 'b', 'c'].map((text) => newCall([user(text)]));
    const results = bench.runAll([first!, second!]);
    await new Promise(setImmediate);
    const cancelled = bench.run(waiting!);
    bench.engine.cancel(waiting!.id);
    expect((await cancelled).finish).toBe('cancelled');
    expect(bench.eventsOf('stepped')).toEqual([]);
    gate.resolve();
    await results;
    await bench.engine.close();
  });

  it('closes its executor once, after the step that runs', async () => {
    const gate = Promise.withResolvers<void>();
    const { bench, closes } = openEngine(() => gate.promise);
    const result = bench.run(newCall([user('a')]));
    await new Promise(setImmediate);
    const closed = Promise.all([bench.engine.close(), bench.engine.close()]);
    expect(closes).toEqual([]);
    gate.resolve();
    await closed;
    expect(closes).toEqual([1]);
    expect((await result).finish).toBe('cancelled');
  });

  it('needs a listener before the first call', () => {
    const { spec, outputTokens, endToken } = createSimVocabulary();
    const executor = createSimExecutor({ outputTokens, endToken });
    const engine = createBatchEngine(executor, createTokenizer(spec));
    expect(() => engine.submit(newCall([user('a')]))).toThrow('before a listener was set');
  });
});

function isFinished(event: { readonly kind: string }): boolean {
  return event.kind === 'finished';
}

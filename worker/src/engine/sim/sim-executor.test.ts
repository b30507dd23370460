import { type Clock, GREEDY } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import type { StepPlan } from '../../batching/index.ts';
import { createSimExecutor, type SimExecutorOptions } from './sim-executor.ts';

const EMPTY: StepPlan = {
  releaseSequences: [],
  releaseBlocks: [],
  begin: [],
  prefills: [],
  decode: [],
};

const create = (options: Partial<SimExecutorOptions> = {}) =>
  createSimExecutor({
    outputTokens: [5, 6, 7, 8],
    endToken: 2,
    limits: { blockTokens: 4 },
    ...options,
  });

const beginSlot = (slot: number, blocks: number[] = []) => ({
  slot,
  blocks,
  sampling: GREEDY,
  tokensMax: 40,
});
const chunk = (slot: number, start: number, tokens: number[], last = false) => ({
  slot,
  start,
  tokens: Int32Array.from(tokens),
  storeAs: [] as number[],
  last,
});

describe('createSimExecutor', () => {
  it('takes the time of evaluator 2 for a step', async () => {
    const executor = create();
    const prefills = [chunk(0, 0, [1, 2, 3, 4]), chunk(0, 4, [5], true)];
    const prefill = await executor.step({ ...EMPTY, begin: [beginSlot(0)], prefills });
    expect(prefill.ms).toBeCloseTo(7 + 5 * 0.032 + 0.04 + 5 * 0.000_061, 9);
    const decode = await executor.step({ ...EMPTY, decode: [0] });
    expect(decode.ms).toBeCloseTo(7 + 0.04 + 7 * 0.000_061, 9);
    expect(executor.nowMs).toBeCloseTo(prefill.ms + decode.ms, 9);
  });

  it('gives a reused prefix the same tokens as a computed one', async () => {
    const executor = create();
    const first = [{ ...chunk(0, 0, [1, 2, 3, 4]), storeAs: [9] }, chunk(0, 4, [5], true)];
    const whole = await executor.step({ ...EMPTY, begin: [beginSlot(0)], prefills: first });
    const reused = await executor.step({
      ...EMPTY,
      begin: [beginSlot(1, [9])],
      prefills: [chunk(1, 4, [5], true)],
    });
    expect(reused.tokens.get(1)).toBe(whole.tokens.get(0));
  });

  it('ends outputs around their mean length', async () => {
    const executor = create({ outputTokensMean: 10 });
    const lengths: number[] = [];
    for (let slot = 0; slot < 60; slot++) {
      const prefills = [chunk(slot, 0, [slot], true)];
      let output = await executor.step({ ...EMPTY, begin: [beginSlot(slot)], prefills });
      let length = 1;
      for (; output.tokens.get(slot) !== 2; length++) {
        output = await executor.step({ ...EMPTY, decode: [slot] });
      }
      lengths.push(length);
    }
    expect(Math.min(...lengths)).toBeGreaterThanOrEqual(5);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(15);
    expect(new Set(lengths).size).toBeGreaterThan(5);
  });

  it('waits for the scaled time when it has a speed', async () => {
    const waits: number[] = [];
    const clock: Clock = {
      now: () => 0,
      wallTime: () => 0,
      setTimer: (delayMs, fire) => {
        waits.push(delayMs);
        fire();
        return { cancel: () => {} };
      },
    };
    const executor = create({ speed: 10, clock });
    const { ms } = await executor.step({
      ...EMPTY,
      begin: [beginSlot(0)],
      prefills: [chunk(0, 0, [1], true)],
    });
    expect(waits).toEqual([ms / 10]);
  });

  it('refuses plans that tensors could not follow', async () => {
    const executor = create();
    await executor.step({ ...EMPTY, begin: [beginSlot(0)] });
    const refusals: [Partial<StepPlan>, string][] = [
      [{ begin: [beginSlot(0)] }, 'slot 0 is begun twice'],
      [{ begin: [beginSlot(1, [3])] }, 'block 3 is reused and was not stored'],
      [{ releaseBlocks: [3] }, 'block 3 is released and was not stored'],
      [{ releaseSequences: [5] }, 'slot 5 is released and was not begun'],
      [{ prefills: [chunk(0, 4, [1])] }, 'slot 0: a chunk is out of order'],
      [{ prefills: [chunk(0, 0, [1])] }, 'slot 0: a chunk is cut short'],
    ];
    for (const [part, message] of refusals) {
      await expect(executor.step({ ...EMPTY, ...part })).rejects.toThrow(message);
    }
  });
});

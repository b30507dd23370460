import { NO_STEPS, type StepTotals, withStep } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import { stepSeconds, timingOf } from './engine-timing.ts';
import { StepSpeed } from './step-speed.ts';

const timing = timingOf({ engine: 'sim' });
const STEP = { prefillTokens: 100, decodeCalls: 32, contextTokens: 20_000 };
const modelledMs = 1000 * stepSeconds(timing, { steps: 1, ...STEP });

/** Some 2 s of steps, each taking its factor times what the model says. */
function stepped(totals: StepTotals, factor: number): StepTotals {
  let after = totals;
  while (after.ms - totals.ms < 2000) after = withStep(after, { ...STEP, ms: factor * modelledMs });
  return after;
}

/** Ratios after each look at a worker whose steps took these factors between the looks. */
function ratios(factors: readonly number[]): number[] {
  const speed = new StepSpeed(NO_STEPS);
  let totals = NO_STEPS;
  return factors.map((factor) => {
    totals = stepped(totals, factor);
    speed.observe(totals, timing);
    return Number(speed.ratio.toFixed(2));
  });
}

describe('StepSpeed', () => {
  it('compares what steps took with what the model says, whatever is in them', () => {
    expect(ratios([3, 3])).toEqual([3, 3]);
    const speed = new StepSpeed(NO_STEPS);
    const prefill = { prefillTokens: 50_000, decodeCalls: 0, contextTokens: 0 };
    const ms = 2000 * stepSeconds(timing, { steps: 1, ...prefill });
    speed.observe(withStep(stepped(NO_STEPS, 2), { ...prefill, ms }), timing);
    expect(speed.ratio).toBeCloseTo(2);
  });

  it('hears one stretch that is off as an accident, and two as a change', () => {
    expect(ratios([1, 1, 5, 1, 1])).toEqual([1, 1, 1, 1, 1]);
    expect(ratios([1, 1, 4, 4, 4])).toEqual([1, 1, 1, 4, 4]);
    expect(ratios([4, 4, 1, 1])).toEqual([4, 4, 4, 1]);
  });

  it('moves slowly by what differs little', () => {
    const [, last] = ratios([1, 1.5]);
    expect(last).toBeGreaterThan(1);
    expect(last).toBeLessThan(1.3);
  });

  it('says the same however often it looks, and when looks are missed', () => {
    const once = new StepSpeed(NO_STEPS);
    const often = new StepSpeed(NO_STEPS);
    let totals = NO_STEPS;
    for (let look = 0; look < 6; look++) {
      totals = stepped(totals, 1.3);
      often.observe(totals, timing);
    }
    once.observe(totals, timing);
    expect(often.ratio).toBeCloseTo(once.ratio);
    expect(often.doneMs).toBeCloseTo(once.doneMs);
  });

  it('takes nothing from totals that do not grow, are few or are no numbers', () => {
    const speed = new StepSpeed(NO_STEPS);
    const few = withStep(NO_STEPS, { ...STEP, ms: 20 });
    for (const totals of [
      NO_STEPS,
      few,
      { ...stepped(NO_STEPS, 1), ms: Number.NaN },
      { ...stepped(NO_STEPS, 1), ms: Number.POSITIVE_INFINITY },
      { ...stepped(NO_STEPS, 1), contextTokens: -1 },
    ]) {
      expect(speed.observe(totals, timing)).toBe(false);
    }
    expect([speed.ratio, speed.doneMs]).toEqual([0, 0]);
  });

  it('goes on from totals that fell: the worker counts anew', () => {
    const speed = new StepSpeed(stepped(NO_STEPS, 1));
    expect(speed.observe(NO_STEPS, timing)).toBe(false);
    expect(speed.observe(stepped(NO_STEPS, 2), timing)).toBe(true);
    expect(speed.ratio).toBeCloseTo(2);
  });

  it('forgets', () => {
    const speed = new StepSpeed(NO_STEPS);
    const slow = stepped(NO_STEPS, 4);
    speed.observe(slow, timing);
    speed.forget();
    expect(speed.ratio).toBe(0);
    speed.observe(stepped(slow, 1), timing);
    expect(speed.ratio).toBeCloseTo(1);
  });
});

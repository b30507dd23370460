import { createPrng, runId } from '@helium/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Place } from './core-event.ts';
import { LengthDrift } from './length-drift.ts';

const place = (outputTokens: number, outputSpread: number): Place => ({
  run: runId('r'),
  node: 0,
  prefixes: [],
  outputTokens,
  outputSpread,
  promptTokens: 1,
  group: 0,
});

/** Outputs that are `factor` times as long as said, give or take. */
function observed(calls: number, factor: number, spread: number): LengthDrift {
  const random = createPrng(3);
  const drift = new LengthDrift();
  for (let i = 0; i < calls; i++) {
    const noise = (random() - 0.5) * Math.sqrt(12) * spread;
    drift.observe(place(100, spread), 100 * factor + noise);
  }
  return drift;
}

describe('LengthDrift', () => {
  it('takes the spread of an operator for chance, however many calls there are', () => {
    for (const calls of [16, 100, 5000]) expect(observed(calls, 1, 50).isOff).toBe(false);
  });

  it('notices lengths that are wrong, the later the wider they spread', () => {
    expect(observed(16, 1.5, 20).isOff).toBe(true);
    expect([observed(16, 0.8, 50).isOff, observed(200, 0.8, 50).isOff]).toEqual([false, true]);
  });

  it('says nothing of few calls, of small errors, or of what a new schedule knows', () => {
    expect(observed(15, 3, 0).isOff).toBe(false);
    expect(observed(1000, 1.05, 0).isOff).toBe(false);
    const drift = observed(100, 3, 0);
    drift.reset();
    expect(drift.isOff).toBe(false);
  });

  it('says after a new schedule what one says that saw nothing before it', () => {
    const call = fc.record({
      expected: fc.integer({ min: 1, max: 200 }),
      spread: fc.nat(60),
      actual: fc.integer({ min: 1, max: 200 }),
    });
    const calls = fc.array(call, { maxLength: 40, size: 'max' });
    fc.assert(
      fc.property(calls, calls, (before, after) => {
        const [reset, fresh] = [new LengthDrift(), new LengthDrift()];
        const see = (drift: LengthDrift, seen: typeof after) => {
          for (const { expected, spread, actual } of seen) {
            drift.observe(place(expected, spread), actual);
          }
        };
        see(reset, before);
        reset.reset();
        for (const drift of [reset, fresh]) see(drift, after);
        expect(reset.isOff).toBe(fresh.isOff);
      }),
      { numRuns: 300 },
    );
  });
});

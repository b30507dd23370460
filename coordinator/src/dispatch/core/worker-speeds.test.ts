import { describe, expect, it } from 'vitest';
import { serviceSeconds, timingOf } from './engine-timing.ts';
import { identityOf } from './identity-of.fixture.ts';
import { stepsOf } from './steps.fixture.ts';
import { WorkerSpeeds } from './worker-speeds.ts';

const tokens = { promptTokens: 100, prefilledTokens: 60, reusedTokens: 40, outputTokens: 50 };
const identities = ['w1', 'w2', 'w3'].map((id) => identityOf(id, 'm', 4));

/** Every worker runs some calls, each taking its factor times what the model says. */
function measured(factors: readonly number[], calls = 8, speeds = new WorkerSpeeds()): number[] {
  for (const identity of identities) speeds.open(identity);
  identities.forEach((identity, i) => {
    const decodeMs = 1000 * serviceSeconds(timingOf(identity), 2, tokens) * (factors[i] ?? 1);
    const usage = { ...tokens, queueMs: 5, prefillMs: 0, decodeMs };
    for (let call = 0; call < calls; call++) speeds.observe(identity, usage, 2, call);
  });
  return identities.map(({ workerId }) => speeds.slowness(workerId));
}

/** After so many times 2 s of steps that take a factor times what the model says. */
const totals = (looks: number, factor: number) => stepsOf(identities[0]!, 2 * looks, factor);

describe('WorkerSpeeds', () => {
  it('measures a worker against the others of its model, whatever the model of the machine says', () => {
    expect(measured([7, 7, 28])).toEqual([1, 1, 4]);
    expect(measured([1, 2, 1])[1]).toBeCloseTo(2);
    expect(measured([1, 1.3, 0.8])).toEqual([1, 1, 1]);
  });

  it('believes nothing before some calls have ended', () => {
    expect(measured([1, 1, 9], 3)).toEqual([1, 1, 1]);
  });

  it('follows a worker that becomes slow, and bounds what it says', () => {
    expect(measured([1, 1, 1000])[2]).toBe(32);
  });

  it('goes by the steps of a worker that says them, whatever its calls took', () => {
    const [speeds, slow] = [new WorkerSpeeds(), identities[2]!];
    for (const identity of identities) speeds.open(identity);
    for (let look = 0; look < 4; look++) {
      for (const identity of identities) {
        speeds.observeSteps(identity, totals(look, identity === slow ? 4 : 1), 2000 * look);
      }
    }
    const usage = { ...tokens, queueMs: 0, prefillMs: 0, decodeMs: 1 };
    for (let call = 0; call < 8; call++) speeds.observe(slow, usage, 2, 6000);
    speeds.observeRunning(identities[0]!.workerId, 100, 6000);
    expect(identities.map(({ workerId }) => speeds.slowness(workerId))).toEqual([1, 1, 4]);
    expect(speeds.review(6000)).toBe(true);
    expect(speeds.slow).toEqual([slow.workerId]);
  });

  it('counts the work that workers have done in the time that it takes the usual one', () => {
    const speeds = new WorkerSpeeds();
    for (const identity of identities) speeds.open(identity);
    for (let look = 0; look < 4; look++) {
      identities.forEach((identity, i) => {
        speeds.observeSteps(identity, totals(look, i === 2 ? 4 : 1), 2000 * look);
      });
    }
    const [usual, , slow] = identities.map(({ workerId }) => {
      return speeds.workClock(workerId, 8000) - speeds.workClock(workerId, 6000);
    });
    expect(usual).toBeCloseTo(2000);
    expect(slow).toBeCloseTo(500);
  });

  it('tries a slow worker again after half a minute, and believes what it says then', () => {
    const speeds = new WorkerSpeeds();
    const slow = identities[2]!;
    for (const identity of identities) speeds.open(identity);
    for (let look = 0; look < 4; look++) {
      for (const identity of identities) {
        speeds.observeSteps(identity, totals(look, identity === slow ? 4 : 1), 2000 * look);
      }
    }
    speeds.review(6000);
    expect(speeds.isSlow(slow.workerId)).toBe(true);
    speeds.review(60_000);
    expect(speeds.isSlow(slow.workerId)).toBe(false);
    const before = totals(3, 4);
    const more = totals(1, 1);
    const sum = (key: keyof typeof more) => before[key] + more[key];
    const after = {
      steps: sum('steps'),
      prefillTokens: sum('prefillTokens'),
      decodeCalls: sum('decodeCalls'),
      contextTokens: sum('contextTokens'),
      ms: sum('ms'),
    };
    speeds.observeSteps(slow, after, 62_000);
    expect(speeds.slowness(slow.workerId)).toBe(1);
  });

  it('plans for a slow worker again once those are gone that it was slow against', () => {
    const speeds = new WorkerSpeeds();
    measured([1, 1, 4], 8, speeds);
    const [first, second, slow] = identities.map(({ workerId }) => workerId);
    expect([speeds.review(10), speeds.slow]).toEqual([true, [slow]]);
    speeds.close(first!);
    speeds.close(second!);
    expect([speeds.review(20), speeds.slow]).toEqual([true, []]);
  });

  it('forgets who is gone', () => {
    const speeds = new WorkerSpeeds();
    expect(speeds.slowness(identities[0]!.workerId)).toBe(1);
    speeds.close(identities[0]!.workerId);
  });
});

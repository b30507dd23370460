import { describe, expect, it } from 'vitest';
import { serviceSeconds, timingOf } from './engine-timing.ts';
import { identityOf } from './identity-of.fixture.ts';
import { WorkerSpeeds } from './worker-speeds.ts';

const tokens = { promptTokens: 100, prefilledTokens: 60, reusedTokens: 40, outputTokens: 50 };
const identities = ['w1', 'w2', 'w3'].map((id) => identityOf(id, 'm', 4));

/** Every worker runs some calls, each taking its factor times what the model says. */
function measured(factors: readonly number[], calls = 8): number[] {
  const speeds = new WorkerSpeeds();
  for (const identity of identities) speeds.open(identity);
  identities.forEach((identity, i) => {
    const decodeMs = 1000 * serviceSeconds(timingOf(identity), 2, tokens) * (factors[i] ?? 1);
    const usage = { ...tokens, queueMs: 5, prefillMs: 0, decodeMs };
    for (let call = 0; call < calls; call++) speeds.observe(identity, usage, 2, call);
  });
  return identities.map(({ workerId }) => speeds.slowness(workerId));
}

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

  it('forgets who is gone', () => {
    const speeds = new WorkerSpeeds();
    expect(speeds.slowness(identities[0]!.workerId)).toBe(1);
    speeds.close(identities[0]!.workerId);
  });
});

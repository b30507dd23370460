import { runId, workerId } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import type { LiveCall } from './live-call.ts';
import { chooseSteal, type StealCandidate } from './steal-call.ts';

function candidate(
  order: number,
  { rebuiltTokens = 0, waitTokens = 100 }: Partial<StealCandidate> = {},
): StealCandidate {
  const tokens = { outputTokens: 10, outputSpread: 1, promptTokens: 10 };
  const place = { run: runId('r'), node: order, prefixes: [], ...tokens, group: 0 };
  return {
    call: { number: order } as LiveCall,
    slot: { worker: workerId('a'), order, place },
    rebuiltTokens,
    waitTokens,
  };
}

describe('chooseSteal', () => {
  it('takes what would wait longest', () => {
    const chosen = chooseSteal([candidate(1), candidate(3), candidate(2)]);
    expect(chosen?.slot.order).toBe(3);
  });

  it('prefers the call whose prefix costs least to rebuild', () => {
    const dear = { rebuiltTokens: 40 };
    const chosen = chooseSteal([candidate(2, dear), candidate(1), candidate(3, dear)]);
    expect(chosen?.slot.order).toBe(1);
  });

  it('leaves calls where waiting is cheaper than rebuilding', () => {
    const dear = { rebuiltTokens: 1000, waitTokens: 999 };
    expect(chooseSteal([candidate(1, dear), candidate(2, dear)])).toBeUndefined();
    expect(chooseSteal([])).toBeUndefined();
  });

  it('takes anything from a worker that takes no calls now', () => {
    const stuck = { rebuiltTokens: 1000, waitTokens: Number.POSITIVE_INFINITY };
    expect(chooseSteal([candidate(1, stuck)])?.slot.order).toBe(1);
  });
});

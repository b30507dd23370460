import { runId, workerId } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import type { LiveCall } from './live-call.ts';
import { chooseSteal, type StealCandidate } from './steal-call.ts';

function candidate(
  victim: string,
  order: number,
  changes: Partial<StealCandidate> & { readonly outputTokens?: number } = {},
): StealCandidate {
  const { outputTokens = 10, ...rest } = changes;
  const place = { run: runId('r'), node: order, prefixes: [], outputTokens };
  return {
    call: { number: order } as LiveCall,
    slot: { worker: workerId(victim), order, place },
    rebuiltTokens: 0,
    victimBatch: 2,
    ...rest,
  };
}

describe('chooseSteal', () => {
  it('takes from the worker with most waiting what would wait longest', () => {
    const chosen = chooseSteal([candidate('a', 1), candidate('b', 2), candidate('b', 3)]);
    expect(chosen?.slot).toMatchObject({ worker: 'b', order: 3 });
  });

  it('prefers the call whose prefix costs least to rebuild', () => {
    const dear = { rebuiltTokens: 40 };
    const chosen = chooseSteal([
      candidate('a', 1),
      candidate('a', 2, dear),
      candidate('a', 3, dear),
    ]);
    expect(chosen?.slot.order).toBe(1);
  });

  it('leaves calls where waiting is cheaper than rebuilding', () => {
    const dear = { rebuiltTokens: 1000, outputTokens: 4 };
    expect(chooseSteal([candidate('a', 1, dear), candidate('a', 2, dear)])).toBeUndefined();
    expect(chooseSteal([])).toBeUndefined();
  });

  it('takes anything from a worker that takes no calls now', () => {
    const stuck = { rebuiltTokens: 1000, outputTokens: 4, victimBatch: 0 };
    expect(chooseSteal([candidate('a', 1, stuck)])?.slot.order).toBe(1);
  });
});

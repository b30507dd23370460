import type { SequenceBlockHash } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import { createResidency } from './create-residency.ts';
import {
  type EvictionPolicy,
  LEAST_RECENT,
  NEXT_USE,
  STEPS_TO_EXECUTION,
} from './eviction-policy.ts';

/** Three roots a, b, c that were used in this order; then room is made for one more block after another. */
function evictions(
  policy: EvictionPolicy,
  prepare: (r: ReturnType<typeof createResidency>) => void,
) {
  const options = { blocks: 3, blockTokens: 4, pinBudgetBlocks: 0, kvTokens: 12 };
  const residency = createResidency(options, policy);
  for (const name of ['a', 'b', 'c']) {
    const handle = residency.acquire([]);
    residency.commit(handle, name as SequenceBlockHash, residency.reserve()!);
    residency.release(handle);
  }
  prepare(residency);
  residency.takeEvents();
  for (let i = 0; i < 3; i++) residency.reserve();
  residency.checkIntegrity();
  return residency.takeEvents().flatMap((event) => (event.kind === 'removed' ? event.blocks : []));
}

const block = (name: string) => [name as SequenceBlockHash];

describe('eviction policies', () => {
  it('next use: what is needed last goes first, of what has no use the least recent', () => {
    expect(
      evictions(NEXT_USE, (residency) => {
        residency.setNextUse('a' as SequenceBlockHash, 5);
        residency.expectUse(block('b'), 9);
      }),
    ).toEqual(['c', 'b', 'a']);
  });

  it('least recent: whatever is known of the future', () => {
    expect(
      evictions(LEAST_RECENT, (residency) => residency.setNextUse('a' as SequenceBlockHash, 1)),
    ).toEqual(['a', 'b', 'c']);
  });

  it('steps: by hints alone, which calls neither make nor use up', () => {
    expect(
      evictions(STEPS_TO_EXECUTION, (residency) => {
        residency.setNextUse('a' as SequenceBlockHash, 1);
        residency.setNextUse('b' as SequenceBlockHash, 2);
        residency.expectUse(block('c'), 0);
        residency.endUse(block('a'), 7, true);
      }),
    ).toEqual(['c', 'b', 'a']);
  });
});

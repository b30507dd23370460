import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SEGMENT_TOKENS } from '../graph/segment-sums.ts';
import {
  belongTogether,
  type CohortMember,
  cohortCost,
  cohortOf,
  cohortTokens,
  planCohorts,
} from './cohort-plan.ts';
import { slabCapacityFor } from './slab-layout.ts';

const PLENTY = Number.POSITIVE_INFINITY;

const members = fc
  .array(fc.integer({ min: 0, max: 2500 }), { minLength: 1, maxLength: 7 })
  .map((lengths) => lengths.map((tokens, slot): CohortMember => ({ slot, tokens, prefix: [] })));

/** Members whose prefixes are paths of a tree: a segment's name says its whole path. */
const relatives = fc
  .array(
    fc.record({
      path: fc.array(fc.nat(1), { maxLength: 6 }),
      rest: fc.integer({ min: 0, max: 300 }),
    }),
    { minLength: 1, maxLength: 12 },
  )
  .map((all) =>
    all.map(({ path, rest }, slot): CohortMember => {
      const prefix = path.map((_, depth) => `${path.slice(0, depth + 1)}`);
      return { slot, tokens: path.length * SEGMENT_TOKENS + rest, prefix };
    }),
  );

/** Every way to put members into groups. */
function groupings(rest: readonly CohortMember[]): CohortMember[][][] {
  const [first, ...others] = rest;
  if (first === undefined) return [[]];
  return groupings(others).flatMap((groups) => [
    [[first], ...groups],
    ...groups.map((group, i) => groups.map((g, j) => (i === j ? [first, ...group] : g))),
  ]);
}

function aloneTokens(all: readonly CohortMember[]): number {
  return all.reduce((sum, { tokens }) => sum + slabCapacityFor(tokens + 1), 0);
}

describe('planCohorts', () => {
  it('finds the cheapest of all groupings where nothing is shared and memory is plenty', () => {
    fc.assert(
      fc.property(members, (all) => {
        const costs = groupings(all).map((groups) =>
          cohortCost(groups.map((group) => cohortOf([group], 0))),
        );
        expect(cohortCost(planCohorts(all, PLENTY))).toBeCloseTo(Math.min(...costs));
      }),
      { numRuns: 50 },
    );
  });

  it('seats every member once, in a group that begins like it and with room for one more token', () => {
    fc.assert(
      fc.property(relatives, fc.nat(20_000), (all, budget) => {
        const cohorts = planCohorts(all, budget);
        const slots = cohorts.flatMap(({ groups }) => groups.flat());
        expect(slots.sort((a, b) => a - b)).toEqual(all.map(({ slot }) => slot));
        for (const { groups, size } of cohorts) {
          const segments = size.sharedTokens / SEGMENT_TOKENS;
          expect(groups.length).toBe(size.groups);
          for (const group of groups) {
            expect(group.length).toBeLessThanOrEqual(size.members);
            expect(
              new Set(group.map((slot) => `${all[slot]!.prefix.slice(0, segments)}`)).size,
            ).toBe(1);
            for (const slot of group) {
              expect(all[slot]!.prefix.length).toBeGreaterThanOrEqual(segments);
              expect(size.sharedTokens + size.capacity).toBeGreaterThan(all[slot]!.tokens);
            }
          }
        }
      }),
    );
  });

  it('stays inside any budget that the members alone would not exceed', () => {
    fc.assert(
      fc.property(relatives, fc.nat(2000), (all, extra) => {
        const budget = aloneTokens(all) + extra;
        expect(cohortTokens(planCohorts(all, budget))).toBeLessThanOrEqual(budget);
      }),
    );
  });

  it('stays inside a budget by sharing where one slab of all would be cheaper, and too large', () => {
    // Groups of 8 and 7 and one by itself, which needs a slab of its own where the others share.
    const all = Array.from({ length: 16 }, (_, slot): CohortMember => {
      const expert = slot === 15 ? 2 : slot % 2;
      return { slot, tokens: 447, prefix: [0, 1, 2, 3].map((depth) => `${expert}:${depth}`) };
    });
    const [cheapest, ...others] = planCohorts(all, PLENTY);
    expect(others).toEqual([]);
    expect(cheapest!.size.sharedTokens).toBe(0);
    const budget = 4400;
    expect(cohortTokens([cheapest!])).toBeGreaterThan(budget);
    expect(cohortTokens(planCohorts(all, budget))).toBeLessThanOrEqual(budget);
    // The one by itself costs a step more than it brings.
    expect(belongTogether(all, budget)).toBe(false);
    expect(belongTogether(all.slice(0, 15), budget)).toBe(true);
  });

  it('never costs more with sharing than without', () => {
    fc.assert(
      fc.property(relatives, (all) => {
        const plain = planCohorts(
          all.map((member) => ({ ...member, prefix: [] })),
          PLENTY,
        );
        expect(cohortCost(planCohorts(all, PLENTY))).toBeLessThanOrEqual(cohortCost(plain));
      }),
    );
  });

  it('keeps sequences of near lengths together', () => {
    const near = [320, 384, 447, 440].map((tokens, slot) => ({ slot, tokens, prefix: [] }));
    expect(planCohorts(near, PLENTY)).toEqual([
      {
        groups: [[0, 1, 3, 2]],
        size: { groups: 1, members: 4, sharedTokens: 0, capacity: 448 },
      },
    ]);
  });

  it('keeps a long common prefix once, and several of one length side by side', () => {
    const member = (slot: number, expert: number): CohortMember => ({
      slot,
      tokens: 390,
      prefix: [0, 1, 2, 3].map((depth) => `${expert}:${depth}`),
    });
    const all = Array.from({ length: 12 }, (_, slot) => member(slot, slot % 3));
    expect(planCohorts(all, PLENTY)).toEqual([
      {
        groups: [0, 1, 2].map((expert) => [0, 3, 6, 9].map((slot) => slot + expert)),
        size: { groups: 3, members: 4, sharedTokens: 256, capacity: 192 },
      },
    ]);
  });
});

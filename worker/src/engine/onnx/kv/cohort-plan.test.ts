import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Cohort,
  type CohortMember,
  cohortCost,
  cohortTokens,
  planCohorts,
} from './cohort-plan.ts';

const members = fc
  .array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 7 })
  .map((steps) => steps.map((step, slot) => ({ slot, capacity: step * 64 })));

/** Every way to put members into groups. */
function groupings(rest: readonly CohortMember[]): CohortMember[][][] {
  const [first, ...others] = rest;
  if (first === undefined) return [[]];
  return groupings(others).flatMap((groups) => [
    [[first], ...groups],
    ...groups.map((group, i) => groups.map((g, j) => (i === j ? [first, ...group] : g))),
  ]);
}

function asCohorts(groups: readonly CohortMember[][]): Cohort[] {
  return groups.map((group) => ({
    slots: group.map(({ slot }) => slot),
    capacity: Math.max(...group.map(({ capacity }) => capacity)),
  }));
}

describe('planCohorts', () => {
  it('finds the cheapest of all groupings when memory is plenty', () => {
    fc.assert(
      fc.property(members, (all) => {
        const cheapest = Math.min(...groupings(all).map((g) => cohortCost(asCohorts(g))));
        expect(cohortCost(planCohorts(all, Number.POSITIVE_INFINITY))).toBeCloseTo(cheapest);
      }),
      { numRuns: 50 },
    );
  });

  it('puts every member into one cohort that is large enough', () => {
    fc.assert(
      fc.property(members, fc.nat(10_000), (all, budget) => {
        const cohorts = planCohorts(all, budget);
        expect(cohorts.flatMap(({ slots }) => slots).sort((a, b) => a - b)).toEqual(
          all.map(({ slot }) => slot),
        );
        for (const { slot, capacity } of all) {
          const cohort = cohorts.find(({ slots }) => slots.includes(slot))!;
          expect(cohort.capacity).toBeGreaterThanOrEqual(capacity);
        }
      }),
    );
  });

  it('stays inside any budget that the members alone would not exceed', () => {
    fc.assert(
      fc.property(members, fc.nat(2000), (all, extra) => {
        const least = all.reduce((sum, { capacity }) => sum + capacity, 0);
        expect(cohortTokens(planCohorts(all, least + extra))).toBeLessThanOrEqual(least + extra);
      }),
    );
  });

  it('keeps sequences of near lengths together', () => {
    const near = [320, 384, 448, 448].map((capacity, slot) => ({ slot, capacity }));
    expect(planCohorts(near, Number.POSITIVE_INFINITY)).toEqual([
      { slots: [0, 1, 2, 3], capacity: 448 },
    ]);
  });
});

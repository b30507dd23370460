/** A sequence that decodes, by what a slab must hold for it. */
export interface CohortMember {
  readonly slot: number;
  /** A slab capacity: a multiple of the slab step. */
  readonly capacity: number;
}

/** Sequences that share a slab, and the capacity of the largest. */
export interface Cohort {
  readonly slots: readonly number[];
  readonly capacity: number;
}

/**
 * Relative costs of a step, one thread: what every slab costs (the weights are read once for each)
 * and what a token of capacity costs a row. SmolLM2-135M: 13 ms and 4.9 µs.
 */
const SLAB_COST = 13_000;
const TOKEN_COST = 4.9;
/** The token cost rises by this factor until the cohorts fit into the budget. */
const PRESSURE_STEP = 4;

/**
 * Groups sequences into slabs so that a step is cheap and the slabs take at most `budgetTokens`; beyond
 * that as little as can be, a slab for each capacity. Which cohort a sequence is in never
 * changes its tokens. O(n²) for n members.
 */
export function planCohorts(members: readonly CohortMember[], budgetTokens: number): Cohort[] {
  const sorted = [...members].sort((a, b) => a.capacity - b.capacity || a.slot - b.slot);
  for (let pressure = 1; ; pressure *= PRESSURE_STEP) {
    const cohorts = cheapestCuts(sorted, TOKEN_COST * pressure);
    if (cohortTokens(cohorts) <= budgetTokens || TOKEN_COST * pressure > SLAB_COST) return cohorts;
  }
}

/** KV tokens that the cohorts' slabs take. */
export function cohortTokens(cohorts: readonly Cohort[]): number {
  return cohorts.reduce((sum, { slots, capacity }) => sum + slots.length * capacity, 0);
}

/** What a decode step over these cohorts costs, in the units of this file. */
export function cohortCost(cohorts: readonly Cohort[]): number {
  return cohorts.length * SLAB_COST + cohortTokens(cohorts) * TOKEN_COST;
}

/** Dynamic programme over the last cohort's start: members are sorted, so cohorts are ranges. */
function cheapestCuts(sorted: readonly CohortMember[], tokenCost: number): Cohort[] {
  const best: { cost: number; start: number }[] = [{ cost: 0, start: 0 }];
  for (let end = 1; end <= sorted.length; end++) {
    const capacity = sorted[end - 1]!.capacity;
    let choice = { cost: Number.POSITIVE_INFINITY, start: 0 };
    for (let start = 0; start < end; start++) {
      const cost = best[start]!.cost + SLAB_COST + (end - start) * capacity * tokenCost;
      if (cost < choice.cost) choice = { cost, start };
    }
    best.push(choice);
  }
  const cohorts: Cohort[] = [];
  for (let end = sorted.length; end > 0; end = best[end]!.start) {
    const members = sorted.slice(best[end]!.start, end);
    cohorts.unshift({
      slots: members.map(({ slot }) => slot),
      capacity: sorted[end - 1]!.capacity,
    });
  }
  return cohorts;
}

import { SEGMENT_TOKENS } from '../graph/segment-sums.ts';
import { type SlabSize, slabCapacityFor, slabTokens } from './slab-layout.ts';

/** A sequence that decodes, by what a slab must hold for it. */
export interface CohortMember {
  readonly slot: number;
  /** Tokens whose KV it has. */
  readonly tokens: number;
  /** Names of its leading segments; who has the same name at a place has the same tokens up to there. */
  readonly prefix: readonly string[];
}

/** Sequences that share a slab: groups of slots, the rows of a group having `sharedTokens` in common. */
export interface Cohort {
  readonly groups: readonly (readonly number[])[];
  readonly size: SlabSize;
}

/**
 * Relative costs of a step, one thread: what every slab costs (the weights are read once for each), what
 * a row costs, and a row's token of its own or shared with others. SmolLM2-135M: 10 ms, 0.75 ms, 4 µs, 2.2 µs.
 */
const SLAB_COST = 10_000;
const ROW_COST = 750;
const OWN_TOKEN_COST = 4;
const SHARED_TOKEN_COST = 2.2;
/** The token costs rise by this factor until plain cohorts fit into the budget. */
const PRESSURE_STEP = 4;

/**
 * Puts sequences into slabs so that a step is cheap and the slabs take at most `budgetTokens`; beyond
 * that as little as can be, a slab for each capacity. Which slab, group and row a sequence has never changes its
 * tokens. O(n² × depths of common prefixes) for n members.
 */
export function planCohorts(members: readonly CohortMember[], budgetTokens: number): Cohort[] {
  const plain = plainCohorts(members, budgetTokens);
  const fitting = [plain, ...sharingPlans(members, budgetTokens)].filter(
    (plan) => cohortTokens(plan) <= budgetTokens,
  );
  return fitting.reduce(
    (best, plan) => (cohortCost(plan) < cohortCost(best) ? plan : best),
    fitting[0] ?? plain,
  );
}

/**
 * Whether sequences should decode together: slabs that share nothing fit, or some that share fit and make cheaper steps
 * than these. Where only others fit, memory is short, and the slabs that these add cost more than the sequences in them
 * bring: with all admitted that fit in any way, workload d of the bench took 21.9 s in place of 16.0.
 */
export function belongTogether(members: readonly CohortMember[], budgetTokens: number): boolean {
  const plain = plainCohorts(members, budgetTokens);
  if (cohortTokens(plain) <= budgetTokens) return true;
  return sharingPlans(members, budgetTokens).some(
    (plan) => cohortTokens(plan) <= budgetTokens && cohortCost(plan) < cohortCost(plain),
  );
}

/** KV tokens that the cohorts' slabs take. */
export function cohortTokens(cohorts: readonly Cohort[]): number {
  return cohorts.reduce((sum, { size }) => sum + slabTokens(size), 0);
}

/** What a decode step over these cohorts costs, in the units of this file. */
export function cohortCost(cohorts: readonly Cohort[]): number {
  return cohorts.reduce((sum, { size }) => {
    const { groups, members, sharedTokens, capacity } = size;
    const row = ROW_COST + sharedTokens * SHARED_TOKEN_COST + capacity * OWN_TOKEN_COST;
    return sum + SLAB_COST + groups * members * row;
  }, 0);
}

/** One slab for these groups. */
export function cohortOf(groups: readonly (readonly CohortMember[])[], segments: number): Cohort {
  const sharedTokens = segments * SEGMENT_TOKENS;
  const longest = Math.max(...groups.flat().map(({ tokens }) => tokens));
  return {
    groups: groups.map((group) => group.map(({ slot }) => slot)),
    size: {
      groups: groups.length,
      members: Math.max(...groups.map(({ length }) => length)),
      sharedTokens,
      capacity: slabCapacityFor(longest + 1 - sharedTokens),
    },
  };
}

/** For every depth at which prefixes part: who has company there shares, together or group by group. */
function sharingPlans(members: readonly CohortMember[], budgetTokens: number): Cohort[][] {
  return sharingDepths(members).flatMap((segments) => {
    const groups = Map.groupBy(
      members.filter(({ prefix }) => prefix.length >= segments),
      ({ prefix }) => prefix[segments - 1]!,
    );
    const sharing = [...groups.values()].filter(({ length }) => length > 1);
    const shared = new Set(sharing.flat());
    const alone = members.filter((member) => !shared.has(member));
    const apart = sharing.map((group) => cohortOf([group], segments));
    const together = sharing.length > 1 ? [cohortOf(sharing, segments)] : [];
    return [apart, ...(together.length > 0 ? [together] : [])].map((cohorts) => {
      if (alone.length === 0) return cohorts;
      return [...cohorts, ...plainCohorts(alone, budgetTokens - cohortTokens(cohorts))];
    });
  });
}

/** The numbers of segments at which somebody has company and, one segment further, less of it. */
function sharingDepths(members: readonly CohortMember[]): number[] {
  const company = new Map<string, number>();
  for (const { prefix } of members) {
    for (const name of prefix) company.set(name, (company.get(name) ?? 0) + 1);
  }
  const depths = new Set<number>();
  for (const { prefix } of members) {
    prefix.forEach((name, depth) => {
      const here = company.get(name)!;
      const next = prefix[depth + 1];
      if (here > 1 && (next === undefined || company.get(next)! < here)) depths.add(depth + 1);
    });
  }
  return [...depths].sort((a, b) => a - b);
}

function plainCohorts(members: readonly CohortMember[], budgetTokens: number): Cohort[] {
  const sorted = [...members].sort((a, b) => a.tokens - b.tokens || a.slot - b.slot);
  for (let pressure = 1; ; pressure *= PRESSURE_STEP) {
    const cohorts = cheapestCuts(sorted, OWN_TOKEN_COST * pressure);
    const isLast = OWN_TOKEN_COST * pressure > SLAB_COST;
    if (cohortTokens(cohorts) <= budgetTokens || isLast) return cohorts;
  }
}

/** Dynamic programme over the last cohort's start: members are sorted, so cohorts are ranges. */
function cheapestCuts(sorted: readonly CohortMember[], tokenCost: number): Cohort[] {
  const best: { cost: number; start: number }[] = [{ cost: 0, start: 0 }];
  for (let end = 1; end <= sorted.length; end++) {
    const capacity = slabCapacityFor(sorted[end - 1]!.tokens + 1);
    let choice = { cost: Number.POSITIVE_INFINITY, start: 0 };
    for (let start = 0; start < end; start++) {
      const cost = best[start]!.cost + SLAB_COST + (end - start) * capacity * tokenCost;
      if (cost < choice.cost) choice = { cost, start };
    }
    best.push(choice);
  }
  const cohorts: Cohort[] = [];
  for (let end = sorted.length; end > 0; end = best[end]!.start) {
    cohorts.unshift(cohortOf([sorted.slice(best[end]!.start, end)], 0));
  }
  return cohorts;
}

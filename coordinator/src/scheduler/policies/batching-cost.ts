/** What a schedule takes on the batching machine. */
export interface Played {
  readonly makespanSeconds: number;
  /** Prompt tokens found resident over prompt tokens. */
  readonly hitRate: number;
}

/** What the best simple schedule and the published planner reach: the marks to keep up with. */
export interface Marks {
  readonly makespanSeconds: number;
  readonly hitRate: number;
  /** What the published planner may reuse; more than `hitRate` where it was not played. */
  readonly hitRateHoped: number;
}

/** How much the marks count: what a schedule pays for missing them. */
export interface Weights {
  /** What a second beyond the mark costs, in seconds. */
  readonly late: number;
  /** What ending after the mark costs at all, in makespans of the mark. */
  readonly overdue: number;
  /** What reusing nothing costs where the mark is reused, in makespans of the mark. */
  readonly waste: number;
  /** What reusing less than the mark costs at all, in makespans of the mark: where it can be reached, it is. */
  readonly short: number;
}

export const STRICT: Weights = { late: 200, overdue: 20, waste: 16, short: 0.05 };
/** Early in a search: what ends a little late, and reuses a little less, is on the way to what does neither. */
export const LENIENT: Weights = { late: 1, overdue: 0, waste: 4, short: 0 };
/** Where reuse is there: it is kept, and the end comes nearer. */
export const REUSING: Weights = { late: 1, overdue: 0, waste: 64, short: 0.1 };

/**
 * What computing every prompt token costs, in makespans of the mark. Batches of agents reuse some half of their
 * prompts: then a hundredth less of what is computed is worth a hundredth of the makespan.
 */
const PREFILL = 2;

/**
 * By what schedules are compared on the batching machine: the makespan, plus what it costs to end after the
 * best simple schedule or to reuse less of the prompts than the published planner does. Within these marks
 * makespan and computed tokens count alike: what one run does not compute is time for others. Seconds.
 */
export function batchingCost(
  { makespanSeconds, hitRate }: Played,
  marks: Marks,
  weights = STRICT,
): number {
  const late = Math.max(0, makespanSeconds - marks.makespanSeconds);
  const wasted = Math.max(0, marks.hitRateHoped - hitRate) / Math.max(marks.hitRateHoped, 1e-9);
  const short = hitRate < marks.hitRate ? weights.short : 0;
  const reuse = short + weights.waste * wasted + PREFILL * (1 - hitRate);
  const overdue = late > 0 ? weights.overdue : 0;
  return makespanSeconds + weights.late * late + (overdue + reuse) * marks.makespanSeconds;
}

/** Weights on the way from some (0) to others (1 and more). */
export function between(from: Weights, to: Weights, progress: number): Weights {
  if (progress >= 1 || from === to) return to;
  return {
    late: from.late * (to.late / from.late) ** progress,
    overdue: from.overdue + (to.overdue - from.overdue) * progress,
    waste: from.waste + (to.waste - from.waste) * progress,
    short: from.short + (to.short - from.short) * progress,
  };
}

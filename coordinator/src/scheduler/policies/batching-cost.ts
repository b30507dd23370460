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

/** What a second beyond the mark costs, in seconds; and where a search begins that can still come back. */
const LATE = 200;
export const LATE_AT_START = 1;
/** What reusing nothing costs where the mark is reused, in makespans of the mark. */
const WASTE = 16;
/** What reusing less than the mark costs at all, in makespans of the mark: where it can be reached, it is. */
const SHORT = 0.02;
/** What computing every prompt token costs beyond the mark, in makespans of the mark: it breaks ties. */
const PREFILL = 0.02;

/**
 * By what schedules are compared on the batching machine: the makespan, plus what it costs to end after the
 * best simple schedule or to reuse less of the prompts than the published planner does. Within these marks
 * the makespan counts, and reuse a little: what one run does not compute is time for others. Seconds.
 */
export function batchingCost(
  { makespanSeconds, hitRate }: Played,
  marks: Marks,
  lateCost = LATE,
): number {
  const late = Math.max(0, makespanSeconds - marks.makespanSeconds);
  const wasted = Math.max(0, marks.hitRateHoped - hitRate) / Math.max(marks.hitRateHoped, 1e-9);
  const short = hitRate < marks.hitRate ? SHORT : 0;
  const reuse = short + WASTE * wasted + PREFILL * (1 - hitRate);
  return makespanSeconds + lateCost * late + reuse * marks.makespanSeconds;
}

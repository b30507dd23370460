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
}

/** What a second beyond the mark costs, in seconds. */
const LATE = 20;
/** What reusing nothing costs where the mark is reused, in makespans of the mark. */
const WASTE = 8;
/** What computing every prompt token costs beyond the mark, in makespans of the mark: it breaks ties. */
const PREFILL = 0.02;

/**
 * By what schedules are compared on the batching machine: the makespan, plus what it costs to end after the
 * best simple schedule or to reuse less of the prompts than the published planner does. Within these marks
 * the makespan counts, and reuse a little: what one run does not compute is time for others. Seconds.
 */
export function batchingCost({ makespanSeconds, hitRate }: Played, marks: Marks): number {
  const late = Math.max(0, makespanSeconds - marks.makespanSeconds);
  const wasted = Math.max(0, marks.hitRate - hitRate) / Math.max(marks.hitRate, 1e-9);
  const reuse = WASTE * wasted + PREFILL * (1 - hitRate);
  return makespanSeconds + LATE * late + reuse * marks.makespanSeconds;
}

import { HeliumError } from '@helium/shared';
import {
  type Instance,
  indexInstance,
  type PlannedSchedule,
  planSchedule,
  type Schedule,
  type StepTiming,
  simulate,
} from '../scheduler/index.ts';

/** What a schedule is expected to take and to save, played on the model of its engine. */
export interface ExpectedSavings {
  readonly promptTokens: number;
  /** Of these, found in a worker's KV. */
  readonly reusedTokens: number;
  readonly seconds: number;
  /** The same calls row by row, one in flight on each worker: how they would run without a plan. */
  readonly secondsUnplanned: number;
}

/** undefined when some call fits into no worker's KV, so that nothing can be played. */
export function expectedSavings(
  instance: Instance,
  { schedule, report }: PlannedSchedule,
  timing: StepTiming,
): ExpectedSavings | undefined {
  const index = indexInstance(instance);
  const play = (played: Schedule) => simulate(index, played, timing);
  try {
    const { makespanSeconds, prefillTokens } = play(schedule);
    const unplanned = planSchedule({ instance, policy: 'query-wise', seed: 0 }).schedule;
    return {
      promptTokens: report.promptTokens,
      reusedTokens: Math.max(0, report.promptTokens - prefillTokens),
      seconds: makespanSeconds,
      secondsUnplanned: play(unplanned).makespanSeconds,
    };
  } catch (thrown) {
    const error = HeliumError.from(thrown);
    if (error.code === 'SCHEDULE_INFEASIBLE') return undefined;
    throw error;
  }
}

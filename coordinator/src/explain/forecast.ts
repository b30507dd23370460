import {
  type InstanceIndex,
  indexInstance,
  planSchedule,
  type Schedule,
  simulate,
} from '../scheduler/index.ts';
import type { ExplainedPool } from './explained-plan.ts';

/** What a schedule is expected to take, played on simulated workers that batch and keep prefixes. */
export interface Forecast {
  readonly seconds: number;
  readonly promptTokens: number;
  readonly reusedTokens: number;
  /** Tokens dropped from the workers' memories to make room. */
  readonly evictedTokens: number;
  /** Per call of the instance: prompt tokens that it finds resident when it starts. */
  readonly reusedBy: Int32Array;
}

/** A way to order the calls, for comparison. */
export interface ComparedOrder {
  readonly text: string;
  readonly forecast: Forecast;
}

const BASELINES = [
  { policy: 'operator-wise', text: 'operator by operator, each for all rows' },
  { policy: 'query-wise', text: 'row by row, one call at a time' },
] as const;

/** undefined where a call is larger than a worker's KV cache: such a batch cannot be played. */
export function forecast(pool: ExplainedPool): Forecast | undefined {
  return play(pool, indexInstance(pool.instance), pool.planned.schedule);
}

/** The orders a simpler server would take, played alike. */
export function compareOrders(pool: ExplainedPool): readonly ComparedOrder[] {
  const index = indexInstance(pool.instance);
  return BASELINES.flatMap(({ policy, text }) => {
    const { schedule } = planSchedule({ instance: pool.instance, policy, seed: 0 });
    const played = play(pool, index, schedule);
    return played === undefined ? [] : [{ text, forecast: played }];
  });
}

function play(pool: ExplainedPool, index: InstanceIndex, schedule: Schedule): Forecast | undefined {
  const { kvCapacity } = pool.instance;
  const isPlayable = index.out.every((out, call) => index.promptTokens[call]! + out <= kvCapacity);
  if (!isPlayable) return undefined;
  const reusedBy = new Int32Array(index.callCount);
  const { makespanSeconds, evictedTokens } = simulate(
    index,
    schedule,
    pool.timing,
    (call, reused) => {
      reusedBy[call] = reused;
    },
  );
  return {
    seconds: makespanSeconds,
    promptTokens: index.promptTokens.reduce((sum, tokens) => sum + tokens, 0),
    reusedTokens: reusedBy.reduce((sum, tokens) => sum + tokens, 0),
    evictedTokens,
    reusedBy,
  };
}

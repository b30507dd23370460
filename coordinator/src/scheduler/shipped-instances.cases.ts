import type { Instance } from './instance.ts';
import { readInstance } from './read-instance.ts';
import type { ScheduleJson } from './schedule-json.ts';
import baselines from './testdata/baselines.json' with { type: 'json' };
import evaluations from './testdata/evaluations.json' with { type: 'json' };
import debateMmlu from './testdata/s04-debate-mmlu.json' with { type: 'json' };
import parallel from './testdata/s08-parallel.json' with { type: 'json' };
import tradingMini from './testdata/s09-trading-mini.json' with { type: 'json' };
import randomW2 from './testdata/s10-random-w2.json' with { type: 'json' };
import mapredW2 from './testdata/s11-mapred-tatqa-w2.json' with { type: 'json' };
import debateW2 from './testdata/s12-debate-w2.json' with { type: 'json' };

/** For tests: small instances that come with `PROBLEM.md`. */
export const SHIPPED: readonly Instance[] = [
  debateMmlu,
  parallel,
  tradingMini,
  randomW2,
  mapredW2,
  debateW2,
].map(readInstance);

/** What `evaluate.py` says of schedules for them. */
export const EVALUATIONS = evaluations as readonly {
  readonly schedule: ScheduleJson;
  readonly token_step: Readonly<Record<'makespan' | 'makespan_over_M' | 'hit_rate', number>> &
    Readonly<Record<'prompt_tokens' | 'prefill_tokens' | 'saved_tokens', number>> &
    Readonly<Record<'worker_end' | 'worker_busy', readonly number[]>>;
  readonly simulation: Readonly<
    Record<'makespan_s' | 'hit_rate' | 'prefill_tokens' | 'evicted_tokens' | 'mean_batch', number>
  >;
}[];

/** Makespans and bounds in token steps from `reference.json`, by instance. */
export const REFERENCE: Readonly<Record<string, Readonly<Record<string, number>>>> = baselines;

export function shippedInstance(name: string): Instance {
  return SHIPPED.find((instance) => instance.name === name)!;
}

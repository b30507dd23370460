import type { Meter } from '@opentelemetry/api';
import type { CallUsage } from '../call.ts';
import { countTokens } from './count-tokens.ts';
import { counterOf, gaugeOf, gaugesOf, histogramOf } from './instruments.ts';

/** What the coordinator counts: the same numbers as a run's report, over all runs. */
export interface CoordinatorMetrics {
  runAccepted(): void;
  /** LLM calls of the plan by outcome; `seconds` it took to make. */
  runPlanned(counts: PlannedCounts, seconds: number): void;
  /** The same of what came to a plan while it ran. */
  runGrew(counts: PlannedCounts): void;
  /** Calls that were found equal to one in flight, after planning. */
  callsMerged(count: number): void;
  /** Calls that the prompt cache answered, after planning. */
  callsCached(count: number): void;
  /** A worker ran a call to its end. */
  callExecuted(usage: CallUsage): void;
  /** A worker computed so many tokens of a prefix ahead of calls. */
  prefetched(tokens: number): void;
  runFinished(state: string, seconds: number): void;
  /** Registers what is read when metrics are collected. Call once. */
  observe(sources: CoordinatorSources): void;
  readonly promptCache: PromptCacheMetrics;
}

export interface PlannedCounts {
  readonly submitted: number;
  readonly pruned: number;
  readonly merged: number;
  readonly cached: number;
}

export interface CoordinatorSources {
  /** Seconds; 0 when nothing waits. */
  readonly queueAge: () => number;
  /** By model. */
  readonly queueCalls: () => Iterable<readonly [model: string, calls: number]>;
  readonly workers: () => number;
  /** By name of a model: weights that workers have under it. */
  readonly modelVersions: () => Iterable<readonly [model: string, versions: number]>;
}

/** What a prompt cache counts. */
export interface PromptCacheMetrics {
  lookedUp(counts: {
    readonly hits: number;
    readonly misses: number;
    readonly rejected: number;
  }): void;
  stored(count: number): void;
  failed(operation: 'fetch' | 'store' | 'statistics' | 'clear'): void;
  /** A request that was answered. */
  took(operation: 'fetch' | 'store', seconds: number): void;
  reachable(isReachable: boolean): void;
  /** What look-ups take, ms, from when that is too long; undefined from when it is not. */
  slow(ms: number | undefined): void;
}

/** Makes the coordinator's instruments. With a no-op meter nothing is counted. */
export function createCoordinatorMetrics(meter: Meter): CoordinatorMetrics {
  const operators = counterOf(meter, 'helium_operators_total');
  const tokens = counterOf(meter, 'helium_tokens_total');
  const runs = counterOf(meter, 'helium_runs_total');
  const runSeconds = histogramOf(meter, 'helium_run_seconds');
  const planSeconds = histogramOf(meter, 'helium_plan_seconds');
  const addPlanned = (counts: PlannedCounts) => {
    for (const outcome of ['submitted', 'pruned', 'merged', 'cached'] as const) {
      operators.add(counts[outcome], { outcome });
    }
  };
  let active = 0;
  gaugeOf(meter, 'helium_runs_active', () => active);
  return {
    runAccepted() {
      active += 1;
    },
    runPlanned(counts, seconds) {
      planSeconds.record(seconds);
      addPlanned(counts);
    },
    runGrew: addPlanned,
    callsMerged: (count) => operators.add(count, { outcome: 'merged' }),
    callsCached: (count) => operators.add(count, { outcome: 'cached' }),
    callExecuted(usage) {
      operators.add(1, { outcome: 'executed' });
      countTokens(tokens, usage);
    },
    prefetched: (count) => tokens.add(count, { kind: 'prefetched' }),
    runFinished(state, seconds) {
      active -= 1;
      runs.add(1, { state });
      runSeconds.record(seconds, { state });
    },
    observe(sources) {
      gaugeOf(meter, 'helium_queue_age_seconds', sources.queueAge);
      gaugesOf(meter, 'helium_queue_calls', 'model', sources.queueCalls);
      gaugeOf(meter, 'helium_workers', sources.workers);
      gaugesOf(meter, 'helium_model_versions', 'model', sources.modelVersions);
    },
    promptCache: createPromptCacheMetrics(meter),
  };
}

/** Makes a prompt cache's instruments. */
export function createPromptCacheMetrics(meter: Meter): PromptCacheMetrics {
  const lookups = counterOf(meter, 'helium_prompt_cache_lookups_total');
  const stores = counterOf(meter, 'helium_prompt_cache_stores_total');
  const errors = counterOf(meter, 'helium_prompt_cache_errors_total');
  const seconds = histogramOf(meter, 'helium_prompt_cache_seconds');
  let answers = true;
  let isSlow = false;
  gaugeOf(meter, 'helium_prompt_cache_reachable', () => Number(answers));
  gaugeOf(meter, 'helium_prompt_cache_slow', () => Number(isSlow));
  return {
    lookedUp({ hits, misses, rejected }) {
      lookups.add(hits, { result: 'hit' });
      lookups.add(misses, { result: 'miss' });
      lookups.add(rejected, { result: 'rejected' });
    },
    stored: (count) => stores.add(count),
    failed: (operation) => errors.add(1, { operation }),
    took: (operation, time) => seconds.record(time, { operation }),
    reachable(isReachable) {
      answers = isReachable;
    },
    slow(ms) {
      isSlow = ms !== undefined;
    },
  };
}

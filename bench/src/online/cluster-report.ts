import type { Instance, RunOptions } from '@helium/coordinator/online';
import type { RunId } from '@helium/shared';

/** A run to come. */
export interface OnlineRun {
  readonly name: string;
  readonly tenant?: string;
  /** Seconds. */
  readonly at: number;
  /** Calls of the instance. */
  readonly calls: readonly number[];
  readonly options?: Partial<RunOptions>;
}

/** A run in execution; times in virtual seconds, but for the processor time at which it arrived. */
export interface LiveRun {
  readonly run: OnlineRun;
  readonly id: RunId;
  firstSent: number;
  finished: number;
  arrivedCpuMs: number;
}

export interface ClusterOptions {
  /** True lengths. */
  readonly instance: Instance;
  /** Output tokens that planning expects, by call; absent: the true ones. */
  readonly expected?: Int32Array;
  readonly runs: readonly OnlineRun[];
  /** Changes of the workers' speeds. */
  readonly slowdowns?: readonly {
    readonly worker: number;
    readonly at: number;
    readonly slowness: number;
  }[];
  /** The world stops at this second, whatever is left. */
  readonly until?: number;
  readonly policy?: string;
  /** As the setting `improve-ms`; default: 0. */
  readonly improveMs?: number;
}

/** What became of the runs. */
export interface ClusterReport {
  /** Seconds; of the last completion. */
  readonly makespan: number;
  /** Prompt tokens found resident over prompt tokens. */
  readonly hitRate: number;
  /** Per run, seconds: first call sent, last result; `finished` is Infinity past its deadline. */
  readonly runs: ReadonlyMap<string, { readonly firstSent: number; readonly finished: number }>;
  /** Calls that ended, in order. */
  readonly ended: readonly EndedCall[];
  /** Processor time in milliseconds from a run's arrival until the first of its calls have places. */
  readonly placedMs: ReadonlyMap<string, number>;
  /** Processor time in milliseconds of the longest turn of the event loop, by what was done in it. */
  readonly turnMsMax: ReadonlyMap<string, number>;
  readonly schedules: number;
  /** Times that the places left got a better order. */
  readonly improvements: number;
  /** Calls that were taken back from a worker. */
  readonly withdrawn: number;
}

export interface EndedCall {
  readonly at: number;
  /** When it was sent last. */
  readonly sentAt: number;
  readonly run: string;
  readonly tenant: string;
  readonly worker: string;
  readonly promptTokens: number;
  readonly prefilledTokens: number;
  readonly outputTokens: number;
}

/**
 * The scheduling problem, as `PROBLEM.md` (shared with the evaluators) states it: calls with
 * prompts of atomic items, output lengths, dependencies; identical workers. Calls are numbered by
 * place; every dependency has a smaller number.
 */
export interface Instance {
  readonly name: string;
  readonly workers: number;
  /** M: KV tokens of each worker; the factor of the precedence delay. */
  readonly kvCapacity: number;
  readonly maxSeqs: number;
  readonly maxBatchedTokens: number;
  /** Tokens of static segment k; ≥ 1. */
  readonly segments: Int32Array;
  readonly calls: readonly InstanceCall[];
}

export interface InstanceCall {
  /** Items in order: k ≥ 0 is segment k; j < 0 is the whole output of call ~j. */
  readonly prompt: Int32Array;
  /** Output tokens (estimated); ≥ 1. */
  readonly out: number;
  readonly deps: Int32Array;
  /** Number of the operator in the workflow; calls of one operator differ by `query`. */
  readonly op: number;
  /** Number of the query (row, or class of rows). */
  readonly query: number;
}

/**
 * Per worker an ordered sequence of call numbers, nested one level where a group is meant to be run
 * query by query. Flattened for execution.
 */
export interface Schedule {
  readonly workers: readonly (readonly (number | readonly number[])[])[];
  /** How strictly workers keep to it; absent: `BEST_EFFORT`. */
  readonly execution?: ScheduleExecution;
}

/** `PROBLEM.md` section 5: what a worker does when the next call of its sequence is blocked. */
export interface ScheduleExecution {
  /** `adjust` skips blocked calls, `ordered` waits for them. */
  readonly dispatch: 'adjust' | 'ordered';
  /** A nested group starts when the worker's previous group has finished. */
  readonly barrier: boolean;
  /** Calls in flight on a worker at most, below the engine's own limit. */
  readonly maxInflight: number;
}

/** The soft schedule of the paper: the order is kept as far as ready calls allow. */
export const BEST_EFFORT: ScheduleExecution = {
  dispatch: 'adjust',
  barrier: false,
  maxInflight: Number.MAX_SAFE_INTEGER,
};

/**
 * A named way to make schedules. Pure: the same instance and options, the same schedule, always.
 */
export interface SchedulingPolicy {
  readonly name: string;
  /** One sentence, and the source with its section. */
  readonly description: string;
  schedule(instance: Instance, options: SchedulingOptions): Schedule;
}

export interface SchedulingOptions {
  /** For policies that choose by chance. */
  readonly seed: number;
  /** What a policy that compares schedules judges them by; absent: continuous batching. */
  readonly machine?: MachineModel;
  /** Calls that are on a worker already, in the order in which they were sent. */
  readonly pinned?: readonly PinnedCall[];
  /** What a policy that compares schedules is to better. */
  readonly standing?: StandingSchedule;
  /** Where the workers are in the calls that they have; absent: nothing has begun, nothing is resident. */
  readonly state?: ClusterState;
}

/** The workers at the moment of planning. */
export interface ClusterState {
  /** Output tokens that are there of calls that run; of others nothing. */
  readonly generated: readonly { readonly call: number; readonly tokens: number }[];
  /** Tokens at the start of a call's prompt that a worker has in its KV memory. */
  readonly resident: readonly {
    readonly worker: number;
    readonly call: number;
    readonly tokens: number;
  }[];
  /** By worker: times longer than steps usually take. */
  readonly slowness: readonly number[];
}

/** The schedule in force for the calls that are left. */
export interface StandingSchedule {
  /** Per worker its calls in order; those of no worker go where what they depend on is. */
  readonly workers: readonly (readonly number[])[];
  /** Calls that stay on their workers, in any order: what they reuse is there. */
  readonly bound: readonly PinnedCall[];
}

/** A call that stays on a worker. */
export interface PinnedCall {
  readonly call: number;
  readonly worker: number;
}

/**
 * What the planner is told about the workers: which of the two evaluators of `PROBLEM.md` it
 * serves.
 */
export type MachineModel =
  /** Section 3: one call at a time, in token steps. */
  | { readonly kind: 'token-steps' }
  /** Section 5: continuous batching over a prefix cache, in seconds. */
  | { readonly kind: 'continuous-batching'; readonly timing: StepTiming };

/**
 * Step time = base + perPrefillToken·(prefill tokens) + perCall·(calls in the step) +
 * perContextToken·(context tokens of these calls). Seconds.
 */
export interface StepTiming {
  readonly base: number;
  readonly perPrefillToken: number;
  readonly perCall: number;
  readonly perContextToken: number;
}

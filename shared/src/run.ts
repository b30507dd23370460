import type { TokenLogprob } from './call.ts';
import type { Fault } from './errors/helium-error.ts';

/** Life of a run. */
export type RunState = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled';

/** Counts so far; final once the run is. Operators are LLM calls: operator × row. */
export interface RunSummary {
  readonly operators: {
    readonly submitted: number;
    readonly pruned: number;
    readonly merged: number;
    readonly cached: number;
    readonly executed: number;
  };
  readonly tokens: {
    readonly prompt: number;
    readonly prefilled: number;
    readonly reused: number;
    readonly generated: number;
    /** Computed in idle time for prefixes to come, beside `prefilled`; of several runs the oldest counts it. */
    readonly prefetched: number;
  };
  readonly seconds: { readonly plan: number; readonly run: number };
  readonly cacheMissReasons: Readonly<Record<string, number>>;
}

/** Why a run failed or was cancelled; `code` is one of the stable ones. */
export interface RunError {
  readonly code: string;
  readonly message: string;
  /** Every fault found, where the message does not say all. */
  readonly faults?: readonly Fault[];
}

/** Something that happened in a run; cursors grow by event. */
export type RunEvent = { readonly cursor: number; readonly atMs: number } & RunEventBody;

export type RunEventBody =
  | { readonly kind: 'stateChanged'; readonly state: RunState }
  /** The plan is made: what each rule did, and the operators with their calls to come. */
  | {
      readonly kind: 'planned';
      readonly summary: RunSummary;
      readonly operators: readonly OperatorProgress[];
    }
  /** A map, cond or loop has its value and became further operators of the plan. */
  | {
      readonly kind: 'expanded';
      /** In the plan: the turns of loop "x" after its first are decided by "x[1]", "x[2]", … */
      readonly operator: string;
      readonly rows: readonly number[];
      readonly outcome: ExpansionOutcome;
      readonly operators: readonly OperatorProgress[];
      /** LLM calls that came to the run's counts: operator × row, as in its summary. */
      readonly added: {
        readonly submitted: number;
        readonly pruned: number;
        readonly merged: number;
        readonly cached: number;
      };
    }
  | {
      readonly kind: 'callStarted';
      readonly operator: string;
      readonly rows: readonly number[];
      /** Worker's id; '' unless a worker ran it. */
      readonly worker: string;
    }
  | {
      readonly kind: 'callFinished';
      readonly operator: string;
      readonly rows: readonly number[];
      /** Worker's id; '' unless a worker ran it. */
      readonly worker: string;
      readonly source: 'worker' | 'prompt-cache' | 'merged';
      readonly promptTokens: number;
      readonly reusedTokens: number;
      readonly outputTokens: number;
      /** max_tokens ended the text before the model did; known of calls that a worker ran. */
      readonly cut?: boolean;
      /** Where the operator asked for them. */
      readonly logprobs?: readonly TokenLogprob[];
    }
  | {
      readonly kind: 'delta';
      readonly operator: string;
      readonly rows: readonly number[];
      readonly offset: number;
      readonly text: string;
    }
  | { readonly kind: 'deltasSkipped'; readonly count: number }
  /** Each output of each row exactly once. */
  | {
      readonly kind: 'output';
      readonly row: number;
      readonly name: string;
      readonly text: string;
      /** Of the operator that it names, where that asked for them. */
      readonly logprobs?: readonly TokenLogprob[];
    }
  /** Always the last event, always present. */
  | {
      readonly kind: 'finished';
      readonly state: RunState;
      readonly summary: RunSummary;
      readonly error?: RunError;
    };

/** What became known of an operator when it was expanded. */
export type ExpansionOutcome =
  /** `dropped`: items beyond the declared maximum. */
  | { readonly kind: 'map'; readonly items: number; readonly dropped: number }
  | { readonly kind: 'cond'; readonly branch: 'yes' | 'no' }
  /** A turn begins, the first being 1. */
  | { readonly kind: 'turn'; readonly turn: number }
  /** A loop ends after that many turns: its predicate holds, or it has had all. */
  | { readonly kind: 'ended'; readonly turns: number; readonly by: 'until' | 'bound' };

/** An operator of the plan. */
export interface OperatorProgress {
  readonly operator: string;
  readonly kind: string;
  /** Distinct nodes of it in the plan, and how many of them the prompt cache answered. */
  readonly calls: number;
  readonly cached: number;
}

import type { RunId, TenantId, WorkerId } from '@helium/shared';
import type { Row, Workflow } from '../plan/operator.ts';

/** What the API asks of the coordinator: the door between `api/` and `dispatch/`. */
export interface RunPort {
  /** Answers once the run is accepted (validated and recorded). The same requestId gives the same run. */
  createRun(request: CreateRun): Promise<RunRecord>;
  getRun(tenant: TenantId, id: RunId): RunRecord;
  listRuns(tenant: TenantId): readonly RunRecord[];
  cancelRun(tenant: TenantId, id: RunId, reason: string): RunRecord;
  /**
   * Events after `cursor` (0: from the start), then live ones until the terminal event. Pulls: nothing is
   * made for a reader that does not read. Deltas a slow reader missed are reported as `deltasSkipped`.
   */
  watchRun(
    tenant: TenantId,
    id: RunId,
    cursor: number,
    signal: AbortSignal,
  ): AsyncIterable<RunEvent>;
  explainRun(request: ExplainRun): Promise<Explanation>;
}

export interface CreateRun {
  readonly tenant: TenantId;
  /** Client's UUID: idempotency for 24 h. Empty: none. */
  readonly requestId: string;
  readonly workflow: Workflow;
  readonly rows: readonly Row[];
  readonly options: RunOptions;
  readonly traceparent?: string;
}

/** A run that is planned and never run. */
export interface ExplainRun extends CreateRun {
  /** The whole plan after each rule, every edge and every call, instead of what a newcomer needs. */
  readonly full: boolean;
}

export interface RunOptions {
  /** Name of a SchedulingPolicy; '' for the default. */
  readonly policy: string;
  readonly disabledRules: readonly string[];
  readonly usePromptCache: boolean;
  /** One call at a time in plan order, nothing merged, cached or reused: the yardstick. */
  readonly naive: boolean;
  readonly streamDeltas: boolean;
  /** For the policies that choose by chance. */
  readonly seed: number;
  /** Milliseconds from acceptance; 0 for none. */
  readonly deadlineMs: number;
}

export type RunState = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled';

export interface RunRecord {
  readonly id: RunId;
  readonly workflowName: string;
  readonly state: RunState;
  readonly rowCount: number;
  readonly createdAtMs: number;
  readonly finishedAtMs?: number;
  readonly error?: { readonly code: string; readonly message: string };
  readonly summary: RunSummary;
}

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

export type RunEvent = { readonly cursor: number; readonly atMs: number } & RunEventBody;

export type RunEventBody =
  | { readonly kind: 'stateChanged'; readonly state: RunState }
  /** The plan is made: what each rule did, and the operators with their calls to come. */
  | {
      readonly kind: 'planned';
      readonly summary: RunSummary;
      readonly operators: readonly OperatorProgress[];
    }
  | {
      readonly kind: 'callStarted';
      readonly operator: string;
      readonly rows: readonly number[];
      readonly worker: WorkerId;
    }
  | {
      readonly kind: 'callFinished';
      readonly operator: string;
      readonly rows: readonly number[];
      readonly worker: WorkerId;
      readonly source: 'worker' | 'prompt-cache' | 'merged';
      readonly promptTokens: number;
      readonly reusedTokens: number;
      readonly outputTokens: number;
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
  | { readonly kind: 'output'; readonly row: number; readonly name: string; readonly text: string }
  /** Always the last event, always present. */
  | {
      readonly kind: 'finished';
      readonly state: RunState;
      readonly summary: RunSummary;
      readonly error?: { readonly code: string; readonly message: string };
    };

export interface OperatorProgress {
  readonly operator: string;
  readonly kind: string;
  readonly calls: number;
  readonly cached: number;
}

/** Every section is text for people, golden-tested; `facts` is the same for machines. */
export interface Explanation {
  readonly sections: readonly { readonly title: string; readonly text: string }[];
  readonly summary: RunSummary;
}

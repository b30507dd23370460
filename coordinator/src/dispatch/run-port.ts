import type { RunError, RunEvent, RunId, RunState, RunSummary, TenantId } from '@helium/shared';
import type { Row, Workflow } from '../plan/operator.ts';

export type {
  OperatorProgress,
  RunError,
  RunEvent,
  RunEventBody,
  RunState,
  RunSummary,
} from '@helium/shared';

/** What the API asks of the coordinator: the door between `api/` and `dispatch/`. */
export interface RunPort {
  /** Answers once the run is accepted (validated and recorded). The same requestId gives the same run. */
  createRun(request: CreateRun): Promise<RunRecord>;
  /** Throws what `createRun` would refuse the request for, but models need not be served. */
  checkRun(request: CreateRun): void;
  getRun(tenant: TenantId, id: RunId): RunRecord;
  listRuns(tenant: TenantId): readonly RunRecord[];
  cancelRun(tenant: TenantId, id: RunId, reason: string): RunRecord | Promise<RunRecord>;
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
  /**
   * Milliseconds from acceptance until the run fails; 0 for none. The run is kept at the pace that ends
   * it in time, before others of its tenant.
   */
  readonly deadlineMs: number;
  /**
   * From -PRIORITY_MAX to PRIORITY_MAX; 0 is usual. Each step up is four times the share among the runs
   * of the tenant; what other tenants get does not depend on it.
   */
  readonly priority: number;
}

/** Of a run, up and down. */
export const PRIORITY_MAX = 4;

export interface RunRecord {
  readonly id: RunId;
  readonly workflowName: string;
  readonly state: RunState;
  readonly rowCount: number;
  readonly createdAtMs: number;
  readonly finishedAtMs?: number;
  readonly error?: RunError;
  readonly summary: RunSummary;
}

/** Every section is text for people, golden-tested; `facts` is the same for machines. */
export interface Explanation {
  readonly sections: readonly { readonly title: string; readonly text: string }[];
  readonly summary: RunSummary;
}

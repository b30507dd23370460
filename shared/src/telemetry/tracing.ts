import type { CallUsage } from '../call.ts';

/**
 * Spans of both programs: one trace per run, a span per executed operator, its child on the worker.
 */
export interface Tracing {
  startRun(run: RunStart): RunTrace;
  /** On the worker: the child of the coordinator's operator span. */
  startCall(call: CallStart): CallTrace;
}

export interface RunStart {
  readonly id: string;
  readonly workflow: string;
  readonly rowCount: number;
  /** Of the client's request, when it is traced. */
  readonly traceparent?: string | undefined;
}

export interface RunTrace {
  readonly traceparent: string | undefined;
  /** The plan is made. */
  planned(plan: { readonly hash?: string; readonly seconds: number }): void;
  /** An operator goes to a worker. */
  startOperator(operator: OperatorStart): CallTrace;
  /** Ends the run's span; `counts` are LLM calls by outcome. */
  finish(end: RunEnd): void;
}

export interface OperatorStart {
  readonly operator: string;
  readonly callId: string;
  readonly model: string;
  readonly maxTokens: number;
  readonly worker: string;
}

export interface CallStart {
  readonly callId: string;
  readonly model: string;
  readonly maxTokens: number;
  readonly worker: string;
  readonly traceparent?: string | undefined;
}

export interface CallTrace {
  /** What the next hop continues; undefined when nothing is traced. */
  readonly traceparent: string | undefined;
  /** Ends the span. `errorCode` marks it failed. */
  finish(end: CallEnd): void;
}

export interface CallEnd {
  readonly finish: string;
  readonly usage?: CallUsage | undefined;
  /** Where the text came from: `worker`, `prompt-cache` or `merged`. */
  readonly source?: string;
  readonly errorCode?: string | undefined;
}

export interface RunEnd {
  readonly state: string;
  /** LLM calls by outcome: submitted, pruned, merged, cached, executed. */
  readonly operators: Readonly<Record<string, number>>;
  readonly errorCode?: string | undefined;
}

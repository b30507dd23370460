/** What happens in a run, as a client sees it; cursors grow by event. */
export type RunEvent = { readonly cursor: number; readonly atMs: number } & RunEventBody;

export type RunEventBody =
  | { readonly kind: 'stateChanged'; readonly state: RunState }
  | {
      readonly kind: 'planned';
      readonly summary: RunSummary;
      readonly operators: readonly OperatorProgress[];
    }
  | {
      readonly kind: 'callStarted';
      readonly operator: string;
      readonly rows: readonly number[];
      readonly worker: string;
    }
  | ({ readonly kind: 'callFinished' } & FinishedCall)
  | {
      readonly kind: 'delta';
      readonly operator: string;
      readonly rows: readonly number[];
      readonly offset: number;
      readonly text: string;
    }
  | { readonly kind: 'deltasSkipped'; readonly count: number }
  | { readonly kind: 'output'; readonly row: number; readonly name: string; readonly text: string }
  | {
      readonly kind: 'finished';
      readonly state: RunState;
      readonly summary: RunSummary;
      readonly error?: RunError;
    };

export type RunState = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled';

export interface FinishedCall {
  readonly operator: string;
  readonly rows: readonly number[];
  readonly worker: string;
  readonly source: 'worker' | 'prompt-cache' | 'merged';
  readonly promptTokens: number;
  readonly reusedTokens: number;
  readonly outputTokens: number;
}

export interface OperatorProgress {
  readonly operator: string;
  readonly kind: string;
  /** Distinct nodes of the operator in the plan, and how many of them the prompt cache answered. */
  readonly calls: number;
  readonly cached: number;
}

export interface RunError {
  readonly code: string;
  readonly message: string;
}

/** Counts are LLM calls: operator × row. */
export interface RunSummary {
  readonly operators: Readonly<
    Record<'submitted' | 'pruned' | 'merged' | 'cached' | 'executed', number>
  >;
  readonly tokens: Readonly<Record<'prompt' | 'prefilled' | 'reused' | 'generated' | 'prefetched', number>>;
  readonly seconds: { readonly plan: number; readonly run: number };
  readonly cacheMissReasons: Readonly<Record<string, number>>;
}

export interface RunRecord {
  readonly id: string;
  readonly workflowName: string;
  readonly state: RunState;
  readonly rowCount: number;
  readonly summary: RunSummary;
  readonly error?: RunError;
}

import type { RunError, RunState, RunSummary } from '@helium/shared';

/** A run as it stands. */
export interface RunRecord {
  readonly id: string;
  readonly workflowName: string;
  readonly state: RunState;
  readonly rowCount: number;
  /** When it was accepted, ms since the epoch. */
  readonly createdAtMs: number;
  /** When it ended; absent before. */
  readonly finishedAtMs?: number;
  readonly summary: RunSummary;
  /** Why it failed or was cancelled. */
  readonly error?: RunError;
}

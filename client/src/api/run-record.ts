import type { RunError, RunState, RunSummary } from '@helium/shared';

/** A run as it stands. */
export interface RunRecord {
  readonly id: string;
  readonly workflowName: string;
  readonly state: RunState;
  readonly rowCount: number;
  readonly summary: RunSummary;
  readonly error?: RunError;
}

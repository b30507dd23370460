import {
  type HeliumClient,
  outputsHash,
  type RunEventBody,
  type RunOptions,
  type RunSummary,
  runFailure,
} from '@helium/client';
import { HeliumError } from '@helium/shared';
import type { Batch } from './batch.ts';
import { report } from './report.ts';

/** A call that a worker computed, as its event says it. */
export type ExecutedCall = Extract<RunEventBody, { kind: 'callFinished' }>;

/** A run that succeeded. */
export interface FinishedRun {
  readonly outputs: readonly Readonly<Record<string, string>>[];
  readonly summary: RunSummary;
  readonly sha256: string;
  /** Calls that a worker computed for it. */
  readonly executed: readonly ExecutedCall[];
}

/** How often a long run says how far it is. */
const PROGRESS_MS = 20_000;

/** Runs a batch to its end; `label` is for progress. Throws what made the run fail. */
export async function finishRun(
  client: HeliumClient,
  { workflow, rows }: Batch,
  options: RunOptions,
  label: string,
): Promise<FinishedRun> {
  const outputs: Record<string, string>[] = rows.map(() => ({}));
  const executed: ExecutedCall[] = [];
  const started = Date.now();
  let reported = started;
  for await (const event of await client.run(workflow, rows, options)) {
    if (event.kind === 'output')
      outputs[event.row] = { ...outputs[event.row], [event.name]: event.text };
    if (event.kind === 'callFinished' && event.source === 'worker') executed.push(event);
    if (Date.now() - reported > PROGRESS_MS) {
      reported = Date.now();
      report(`  ${label}: ${executed.length} calls in ${seconds((reported - started) / 1000)}`);
    }
    if (event.kind !== 'finished') continue;
    if (event.error !== undefined) throw runFailure(event.error);
    const { summary } = event;
    const { operators } = summary;
    report(`  ${label}: ${operators.executed} calls, ${seconds(summary.seconds.run)}`);
    return { outputs, summary, sha256: outputsHash(outputs), executed };
  }
  throw new HeliumError('UNREACHABLE', `${label}: the run ended without a terminal event`);
}

function seconds(value: number): string {
  return `${value.toFixed(1)} s`;
}

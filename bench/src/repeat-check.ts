import type { HeliumClient } from '@helium/client';
import { exampleBatch, type NamedExample } from './batch.ts';
import { finishRun } from './finish-run.ts';

/** LLM calls that workers executed in runs that repeat each other. */
export interface RepeatCheck {
  readonly first: number;
  /** The same run again: 0 where every call is deterministic. */
  readonly again: number;
  /** A run of as many rows, half of them those of the first. */
  readonly half: number;
  /** Of these, calls that stand for a row of the first run. */
  readonly shared: number;
  readonly faults: readonly string[];
}

/** Needs a cluster whose prompt cache has nothing of the example. */
export async function checkRepeats(
  client: HeliumClient,
  named: NamedExample,
  rows: number,
): Promise<RepeatCheck> {
  const kept = Math.ceil(rows / 2);
  const all = await exampleBatch(named, 2 * rows - kept);
  const earlier = { ...all, rows: all.rows.slice(0, rows) };
  const later = { ...all, rows: all.rows.slice(rows - kept) };
  const run = (batch: typeof all, label: string) =>
    finishRun(client, batch, {}, `${named.name}, ${label}`);
  const first = await run(earlier, 'first');
  const again = await run(earlier, 'again');
  const half = await run(later, 'half shared');
  const ofShared = half.executed.filter((call) => call.rows.some((row) => row < kept));
  const counts = {
    first: first.summary.operators.executed,
    again: again.summary.operators.executed,
    half: half.summary.operators.executed,
    shared: ofShared.length,
  };
  return { ...counts, faults: findFaults(counts, later.rows.length - kept) };
}

function findFaults(
  { first, again, half, shared }: Omit<RepeatCheck, 'faults'>,
  newRows: number,
): string[] {
  const faults: string[] = [];
  if (first === 0) faults.push('the first run executed no call, so the cache was not empty');
  if (again > 0) faults.push(`a repeated run executed ${again} calls, 0 are new`);
  if (shared > 0) faults.push(`a run with shared rows executed ${shared} calls of these again`);
  if (newRows > 0 && half === 0) faults.push(`${newRows} new rows executed no call`);
  return faults;
}

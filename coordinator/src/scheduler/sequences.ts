import { HeliumError } from '@helium/shared';
import type { Instance, Schedule } from './instance.ts';

/** A schedule flattened: per worker its calls in order, and the number of the group of each. */
export interface Sequences {
  readonly calls: readonly (readonly number[])[];
  /**
   * Same shape as `calls`. Calls outside nested lists belong to the group begun last (0 at first).
   */
  readonly groups: readonly (readonly number[])[];
}

/**
 * Flattens a schedule (`PROBLEM.md`, section 2). Throws SCHEDULE_INFEASIBLE, naming the call,
 * unless every call of the instance occurs exactly once on at most W workers.
 */
export function flattenSchedule(instance: Instance, schedule: Schedule): Sequences {
  const { workers, calls } = instance;
  if (schedule.workers.length > workers) {
    throw infeasible(`${schedule.workers.length} sequences for ${workers} workers`);
  }
  const seen = new Uint8Array(calls.length);
  const flat = schedule.workers.map((sequence) => flattenSequence(sequence));
  for (const call of flat.flatMap((worker) => worker.calls)) {
    if (!(Number.isInteger(call) && call >= 0 && call < calls.length)) {
      throw infeasible(`no such call: ${call}; the instance has calls 0 to ${calls.length - 1}`);
    }
    if (seen[call]) throw infeasible(`call ${call} occurs twice`);
    seen[call] = 1;
  }
  const missing = seen.indexOf(0);
  if (missing >= 0) throw infeasible(`call ${missing} is missing`);
  return { calls: flat.map((worker) => worker.calls), groups: flat.map((worker) => worker.groups) };
}

/** The one way in which schedules are refused. */
export function infeasible(reason: string): HeliumError {
  return new HeliumError('SCHEDULE_INFEASIBLE', `infeasible schedule: ${reason}`);
}

function flattenSequence(sequence: Schedule['workers'][number]) {
  const calls: number[] = [];
  const groups: number[] = [];
  let group = 0;
  for (const entry of sequence) {
    const members = typeof entry === 'number' ? [entry] : entry;
    if (typeof entry !== 'number' && entry.length > 0 && calls.length > 0) group++;
    for (const call of members) {
      calls.push(call);
      groups.push(group);
    }
  }
  return { calls, groups };
}

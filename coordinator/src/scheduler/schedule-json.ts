import { isWholeNumber } from '@helium/shared';
import { BEST_EFFORT, type Instance, type Schedule, type ScheduleExecution } from './instance.ts';
import { flattenSchedule, infeasible } from './sequences.ts';

/** A schedule as `PROBLEM.md` section 2 writes it to a file. */
export interface ScheduleJson {
  readonly instance: string;
  readonly workers: Schedule['workers'];
  readonly dispatch?: ScheduleExecution['dispatch'];
  readonly barrier?: boolean;
  readonly max_inflight?: number;
}

export function writeSchedule(instance: Instance, schedule: Schedule): ScheduleJson {
  const { dispatch, barrier, maxInflight } = schedule.execution ?? BEST_EFFORT;
  const isLimited = maxInflight < BEST_EFFORT.maxInflight;
  return {
    instance: instance.name,
    workers: schedule.workers,
    dispatch,
    barrier,
    ...(isLimited && { max_inflight: maxInflight }),
  };
}

/**
 * Throws SCHEDULE_INFEASIBLE, naming the worker and the value, unless it is a schedule of the instance. The
 * instance's name may be left out.
 */
export function readSchedule(instance: Instance, json: unknown): Schedule {
  const fields: Partial<Record<keyof ScheduleJson, unknown>> =
    typeof json === 'object' && json !== null ? json : {};
  const { instance: name = instance.name } = fields;
  if (name !== instance.name) {
    const named = `${JSON.stringify(name)}, not ${JSON.stringify(instance.name)}`;
    throw infeasible(`it is of instance ${named}`);
  }
  if (!Array.isArray(fields.workers)) throw infeasible('"workers" is no list of sequences');
  const schedule: Schedule = {
    workers: fields.workers.map((sequence: unknown, worker) => readSequence(sequence, worker)),
    execution: readExecution(fields),
  };
  flattenSchedule(instance, schedule);
  return schedule;
}

function readSequence(json: unknown, worker: number): (number | number[])[] {
  if (!Array.isArray(json)) throw infeasible(`the sequence of worker ${worker} is no list`);
  return json.map((entry: unknown) =>
    Array.isArray(entry)
      ? entry.map((call: unknown) => readCall(call, worker))
      : readCall(entry, worker),
  );
}

function readCall(json: unknown, worker: number): number {
  if (typeof json === 'number') return json;
  throw infeasible(`worker ${worker}: ${JSON.stringify(json)} is no call number`);
}

function readExecution(fields: Partial<Record<keyof ScheduleJson, unknown>>): ScheduleExecution {
  const { dispatch = 'adjust', barrier = false, max_inflight: limit } = fields;
  if (dispatch !== 'adjust' && dispatch !== 'ordered') {
    throw infeasible(`dispatch is ${JSON.stringify(dispatch)}, not "adjust" or "ordered"`);
  }
  if (typeof barrier !== 'boolean') {
    throw infeasible(`barrier is ${JSON.stringify(barrier)}, not true or false`);
  }
  if (limit === undefined || limit === null || limit === 0) {
    return { dispatch, barrier, maxInflight: BEST_EFFORT.maxInflight };
  }
  if (!isWholeNumber(limit)) {
    throw infeasible(`max_inflight is ${JSON.stringify(limit)}, not a count of calls`);
  }
  return { dispatch, barrier, maxInflight: limit };
}

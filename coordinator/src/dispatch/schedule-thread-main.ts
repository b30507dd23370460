import { parentPort } from 'node:worker_threads';
import { type ErrorCode, HeliumError, invariant } from '@helium/shared';
import {
  type ImprovingSchedule,
  improveSchedule,
  type PlannedSchedule,
  type PlanScheduleInput,
  planSchedule,
} from '../scheduler/index.ts';
import { type PackedInstance, unpackInstance } from './packed-instance.ts';

/** A schedule to be made, or with `work` one to be improved for so many work units. */
export interface ScheduleQuestion {
  readonly id: number;
  readonly packed: PackedInstance;
  /** What is asked about the instance. */
  readonly rest: Omit<PlanScheduleInput, 'instance'>;
  readonly work?: number;
}

/** `planned` is absent where nothing was found that is better than the standing schedule. */
export type ScheduleAnswer =
  | { readonly id: number; readonly planned?: PlannedSchedule; readonly error?: undefined }
  | {
      readonly id: number;
      readonly planned?: undefined;
      readonly error: { readonly code: ErrorCode; readonly message: string };
    };

/** Work units between two looks for questions: some 10 ms. */
const PORTION = 200_000;

interface ImproveQuestion {
  readonly id: number;
  readonly input: PlanScheduleInput;
  readonly work: number;
}

invariant(parentPort !== null, 'schedule-thread-main.ts runs on a thread');
const port = parentPort;
const queue: ImproveQuestion[] = [];
let current: { readonly id: number; readonly improving: ImprovingSchedule } | undefined;
let isGoingOn = false;

port.on('message', (question: ScheduleQuestion) => {
  const { id, packed, rest, work } = question;
  const input = { instance: unpackInstance(packed), ...rest };
  if (work !== undefined) {
    queue.push({ id, input, work });
    comeBack();
    return;
  }
  // Whoever asks for a schedule has other places to give than those that are being improved.
  abandon();
  attempt(id, () => say(id, planSchedule(input)));
});

/** Improves for a while, and comes back later: questions are heard in between. */
function goOn(): void {
  isGoingOn = false;
  const next = current ?? queue.shift();
  if (next === undefined) return;
  const { id } = next;
  attempt(id, () => {
    const improving = 'improving' in next ? next.improving : improveSchedule(next.input, next.work);
    improving.step(PORTION);
    current = improving.done ? undefined : { id, improving };
    if (improving.done) say(id, improving.isGain ? improving.planned() : undefined);
  });
  comeBack();
}

function comeBack(): void {
  if (isGoingOn || (current === undefined && queue.length === 0)) return;
  isGoingOn = true;
  setImmediate(goOn);
}

function abandon(): void {
  for (const { id } of [...(current ? [current] : []), ...queue]) say(id, undefined);
  current = undefined;
  queue.length = 0;
}

function say(id: number, planned: PlannedSchedule | undefined): void {
  port.postMessage({ id, ...(planned && { planned }) } satisfies ScheduleAnswer);
}

function attempt(id: number, act: () => void): void {
  try {
    act();
  } catch (thrown) {
    if (current?.id === id) current = undefined;
    const { code, message } = HeliumError.from(thrown);
    port.postMessage({ id, error: { code, message } } satisfies ScheduleAnswer);
  }
}

import { parentPort } from 'node:worker_threads';
import { type ErrorCode, HeliumError, invariant } from '@helium/shared';
import { type PlannedSchedule, type PlanScheduleInput, planSchedule } from '../scheduler/index.ts';

export interface ScheduleQuestion {
  readonly id: number;
  readonly input: PlanScheduleInput;
}

export type ScheduleAnswer =
  | { readonly id: number; readonly planned: PlannedSchedule; readonly error?: undefined }
  | {
      readonly id: number;
      readonly planned?: undefined;
      readonly error: { readonly code: ErrorCode; readonly message: string };
    };

function answer({ id, input }: ScheduleQuestion): ScheduleAnswer {
  try {
    return { id, planned: planSchedule(input) };
  } catch (thrown) {
    const { code, message } = HeliumError.from(thrown);
    return { id, error: { code, message } };
  }
}

invariant(parentPort !== null, 'schedule-thread-main.ts runs on a thread');
const port = parentPort;
port.on('message', (question: ScheduleQuestion) => port.postMessage(answer(question)));

import { Worker } from 'node:worker_threads';
import { HeliumError } from '@helium/shared';
import {
  type PlannedSchedule,
  type PlanScheduleInput,
  planSchedule,
  rehearsal,
} from '../scheduler/index.ts';
import { packInstance } from './packed-instance.ts';
import type { ScheduleAnswer, ScheduleQuestion } from './schedule-thread-main.ts';

/** Calls up to which a schedule is made at once: a few milliseconds. */
const INLINE_CALLS_MAX = 100;

const THREAD = new URL('./schedule-thread-main.ts', import.meta.url);

interface Waiting {
  readonly resolve: (planned: PlannedSchedule | undefined) => void;
  readonly reject: (error: Error) => void;
}

/** Makes schedules, small ones at once, and improves them: on a thread that is started when first needed. */
export class ScheduleThread {
  #thread: Worker | undefined;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;
  /** Whether there is nothing to rehearse for any more. */
  #isOn = false;

  /** Throws, or rejects with, what `planSchedule` throws; SCHEDULE_INFEASIBLE and the like. */
  plan(input: PlanScheduleInput): PlannedSchedule | Promise<PlannedSchedule> {
    this.#isOn = true;
    if (input.instance.calls.length <= INLINE_CALLS_MAX) return planSchedule(input);
    return this.#ask(input) as Promise<PlannedSchedule>;
  }

  /**
   * Betters the input's standing schedule for `work` units (`WORK_PER_SECOND`). Undefined where nothing
   * was found that is worth the change, or a schedule was asked for meanwhile. Rejects as `plan` does.
   */
  improve(input: PlanScheduleInput, work: number): Promise<PlannedSchedule | undefined> {
    return this.#ask(input, work);
  }

  #ask(
    { instance, ...rest }: PlanScheduleInput,
    work?: number,
  ): Promise<PlannedSchedule | undefined> {
    const id = this.#nextId++;
    const { promise, resolve, reject } = Promise.withResolvers<PlannedSchedule | undefined>();
    this.#waiting.set(id, { resolve, reject });
    this.prepare();
    const packed = packInstance(instance);
    const question = { id, packed, rest, ...(work !== undefined && { work }) };
    this.#thread?.postMessage(question satisfies ScheduleQuestion);
    return promise;
  }

  /** Starts the thread before a schedule waits for it. */
  prepare(): void {
    this.#thread ??= this.#start();
  }

  /**
   * Has the code that makes small schedules, and then what `more` does, compiled before it is wanted: a step of
   * some milliseconds in each turn, until it is done (true), or there is something to do: `isBusy`, a schedule is
   * asked for, or this is closed (false).
   */
  async rehearse(
    turn: () => Promise<void>,
    more: AsyncIterable<void>,
    isBusy: () => boolean = () => false,
  ): Promise<boolean> {
    for (const steps of [rehearsal(), more]) {
      for await (const _ of steps) {
        await turn();
        if (this.#isOn || isBusy()) return false;
      }
    }
    return true;
  }

  async close(): Promise<void> {
    this.#isOn = true;
    const thread = this.#thread;
    this.#fail(new HeliumError('UNREACHABLE', 'the coordinator is shutting down'));
    await thread?.terminate();
  }

  #start(): Worker {
    const thread = new Worker(THREAD);
    thread.unref();
    thread.on('message', ({ id, planned, error }: ScheduleAnswer) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) waiting?.resolve(planned);
      else waiting?.reject(new HeliumError(error.code, error.message));
    });
    thread.on('error', (cause) => {
      if (this.#thread !== thread) return;
      const message = `the scheduling thread failed: ${cause.message}`;
      this.#fail(new HeliumError('INVARIANT_BROKEN', message, { cause }));
    });
    return thread;
  }

  /** Whoever waits is told; the next plan starts a thread anew. */
  #fail(error: HeliumError): void {
    this.#thread = undefined;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(error);
  }
}

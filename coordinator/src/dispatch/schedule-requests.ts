import { HeliumError } from '@helium/shared';
import type { Logger } from '@helium/shared/telemetry';
import type { CoreEvent, MadeSchedule, WorkerSequence } from './core/core-event.ts';
import type { PlacedPart, TriedCalls } from './place-calls.ts';
import { scheduleParts } from './schedule-parts.ts';

/** Who makes schedules. */
export interface ScheduleMakers {
  /** Schedules the live set; what it throws is logged, and calls run unscheduled. */
  readonly makeSchedule: (version: number) => MadeSchedule | Promise<MadeSchedule>;
  /** Places for some of the calls that have none and are not among `tried`, quickly. */
  readonly placeCalls: (tried: TriedCalls) => PlacedPart;
  /** A better order of the places that are there; empty where there is none. */
  readonly improvePlaces: (budgetMs: number) => Promise<readonly WorkerSequence[]>;
  /** Places of a schedule put into force between two turns at most. Default: 1000. */
  readonly placesPerPart?: number;
  /** Resolves after a turn of the event loop, in which others may have posted. */
  readonly turn: () => Promise<void>;
}

/**
 * Answers what the core asks for of schedules: each request once, with nothing where making it fails, which the log
 * says. Long answers come part by part, so that what happens meanwhile is taken in between.
 */
export class ScheduleRequests {
  readonly #makers: ScheduleMakers;
  readonly #logger: Logger;
  readonly #post: (event: CoreEvent) => void;
  #isPlacing = false;
  #isClosed = false;

  constructor(makers: ScheduleMakers, logger: Logger, post: (event: CoreEvent) => void) {
    this.#makers = makers;
    this.#logger = logger;
    this.#post = post;
  }

  /** What fails from now on, because the makers were closed, nobody is to hear of. */
  close(): void {
    this.#isClosed = true;
  }

  /** The core waits for an answer: without a schedule, for an empty one. */
  schedule(version: number): void {
    const give = (schedule: MadeSchedule) => void this.#putInForce(schedule);
    const giveNone = (thrown: unknown) => {
      if (this.#isClosed) return;
      const error = HeliumError.from(thrown);
      this.#logger.error('no schedule could be made; calls run as they come', { error });
      give({ version, workers: [] });
    };
    try {
      const made = this.#makers.makeSchedule(version);
      if (made instanceof Promise) made.then(give, giveNone);
      else give(made);
    } catch (thrown) {
      giveNone(thrown);
    }
  }

  /** Part by part, so that the event loop is not held for long: what happens meanwhile is taken in between. */
  async #putInForce({ version, workers }: MadeSchedule): Promise<void> {
    const parts = scheduleParts(workers, this.#makers.placesPerPart);
    const last = parts.pop() ?? [];
    for (const part of parts) {
      this.#post({ kind: 'scheduleMade', schedule: { version, workers: part }, isPart: true });
      await this.#makers.turn();
    }
    this.#post({ kind: 'scheduleMade', schedule: { version, workers: last } });
  }

  /** Part by part as well. Without places calls wait for the schedule. */
  async place(): Promise<void> {
    // New calls that come between two parts are found by the next.
    if (this.#isPlacing) return;
    this.#isPlacing = true;
    const tried: TriedCalls = new Map();
    while (this.#isPlacing) {
      const { workers, isPart } = this.#placePart(tried);
      this.#isPlacing = isPart;
      this.#post({ kind: 'callsPlaced', workers, isPart });
      if (isPart) await this.#makers.turn();
    }
  }

  #placePart(tried: TriedCalls): PlacedPart {
    try {
      return this.#makers.placeCalls(tried);
    } catch (thrown) {
      const error = HeliumError.from(thrown);
      this.#logger.error('new calls got no places; they wait for the schedule', { error });
      return { workers: [], isPart: false };
    }
  }

  /** The core waits for an answer: where nothing is found, or something fails, for an empty one. */
  async improve(generation: number, budgetMs: number): Promise<void> {
    let workers: readonly WorkerSequence[] = [];
    try {
      workers = await this.#makers.improvePlaces(budgetMs);
    } catch (thrown) {
      const error = HeliumError.from(thrown);
      if (!this.#isClosed) this.#logger.error('a schedule could not be improved', { error });
    }
    this.#post({ kind: 'scheduleImproved', generation, workers });
  }
}

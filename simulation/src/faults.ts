import type { Prng } from '@helium/shared';
import type { Agenda } from './agenda.ts';
import type { SimulatedWorker } from './simulated-worker.ts';

/** How unkind the world is. Times are means of exponential distributions, ms. */
export interface FaultOptions {
  /** Of one worker, between deaths; Infinity: none dies. */
  readonly lifeMs: number;
  /** From death to the next start. */
  readonly restartMs: number;
  /** Share of deaths in which the stream breaks; the others are found out by silence. */
  readonly noticedShare: number;
  /** Of one worker, between slow times. */
  readonly swiftMs: number;
  readonly slowMs: number;
  /** How much longer its steps take then. */
  readonly slowness: number;
  /**
   * Of one worker but the first, between times in which it refuses every call, and their length; absent: it
   * refuses none.
   */
  readonly soundMs?: number;
  readonly refusingMs?: number;
}

export const NO_FAULTS: FaultOptions = {
  lifeMs: Number.POSITIVE_INFINITY,
  restartMs: 0,
  noticedShare: 1,
  swiftMs: Number.POSITIVE_INFINITY,
  slowMs: 0,
  slowness: 1,
};

/** What was done to workers. */
export interface FaultCounts {
  deaths: number;
  slowTimes: number;
  refusingTimes: number;
}

/** Kills, restarts, slows and spoils workers by chance until `untilMs`; who is dead then still comes back. */
export function startFaults(
  agenda: Agenda,
  workers: readonly SimulatedWorker[],
  options: FaultOptions,
  untilMs: number,
  random: Prng,
): FaultCounts {
  const counts = { deaths: 0, slowTimes: 0, refusingTimes: 0 };
  const { soundMs = Number.POSITIVE_INFINITY, refusingMs = 0 } = options;
  const draw = (meanMs: number) => -Math.log(1 - random()) * meanMs;
  const live = (worker: SimulatedWorker) => {
    const delayMs = draw(options.lifeMs);
    if (agenda.now + delayMs > untilMs) return;
    agenda.after(delayMs, () => {
      counts.deaths++;
      worker.die(random() < options.noticedShare);
      agenda.after(draw(options.restartMs), () => {
        worker.start();
        live(worker);
      });
    });
  };
  const slow = (worker: SimulatedWorker) => {
    const delayMs = draw(options.swiftMs);
    if (agenda.now + delayMs > untilMs) return;
    agenda.after(delayMs, () => {
      counts.slowTimes++;
      worker.slowness = options.slowness;
      agenda.after(draw(options.slowMs), () => {
        worker.slowness = 1;
        slow(worker);
      });
    });
  };
  const refuse = (worker: SimulatedWorker) => {
    const delayMs = draw(soundMs);
    if (agenda.now + delayMs > untilMs) return;
    agenda.after(delayMs, () => {
      counts.refusingTimes++;
      worker.isRefusing = true;
      agenda.after(draw(refusingMs), () => {
        worker.isRefusing = false;
        refuse(worker);
      });
    });
  };
  for (const [place, worker] of workers.entries()) {
    live(worker);
    slow(worker);
    if (place > 0 && Number.isFinite(soundMs)) refuse(worker);
  }
  return counts;
}

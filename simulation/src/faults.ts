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
}

/** Kills, restarts and slows workers by chance until `untilMs`; who is dead then still comes back. */
export function startFaults(
  agenda: Agenda,
  workers: readonly SimulatedWorker[],
  options: FaultOptions,
  untilMs: number,
  random: Prng,
): FaultCounts {
  const counts = { deaths: 0, slowTimes: 0 };
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
  for (const worker of workers) {
    live(worker);
    slow(worker);
  }
  return counts;
}

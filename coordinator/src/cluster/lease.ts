/** Whether a worker counts as alive. `suspected` gets no new calls; `lost` gives its calls back. */
export type LeaseState = 'alive' | 'suspected' | 'lost';

export interface LeaseTimes {
  readonly heartbeatMs: number;
  /** Silence after which a worker is lost. */
  readonly timeoutMs: number;
}

/** Heartbeats missed before a worker is suspected. */
const INTERVALS_SUSPECTED = 3;

/** What silence of this length means. A time-out below three heartbeats leaves no room for suspicion. */
export function leaseState(silenceMs: number, times: LeaseTimes): LeaseState {
  if (silenceMs >= times.timeoutMs) return 'lost';
  return silenceMs >= INTERVALS_SUSPECTED * times.heartbeatMs ? 'suspected' : 'alive';
}

/**
 * The time that leases are measured on: it advances by ticks, and by no more than two heartbeats at
 * once, so that a pause of the coordinator itself is not held against its workers.
 */
export class LeaseClock {
  readonly #stepMsMax: number;
  #tickAt: number | undefined;
  #now = 0;

  constructor(times: LeaseTimes) {
    this.#stepMsMax = 2 * times.heartbeatMs;
  }

  get now(): number {
    return this.#now;
  }

  /** `at` is steady time, ms; never smaller than before. */
  tick(at: number): number {
    const elapsed = this.#tickAt === undefined ? 0 : Math.max(0, at - this.#tickAt);
    this.#tickAt = at;
    this.#now += Math.min(elapsed, this.#stepMsMax);
    return this.#now;
  }
}

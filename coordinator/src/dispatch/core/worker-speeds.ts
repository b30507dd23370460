import type { CallUsage, WorkerId, WorkerIdentity } from '@helium/shared';
import { serviceSeconds, timingOf } from './engine-timing.ts';

/** Weight of the last call in a worker's speed: some ten calls are remembered. */
const NEWEST_SHARE = 0.1;
/** Calls before a worker's speed is believed. */
const CALLS_MIN = 4;
/** What a measurement may say at most; whoever seems slower than that is taken for so slow. */
const SLOWNESS_MAX = 32;
/** What differs by less says nothing: calls of a batch are not alike. */
const USUAL_MAX = 1.4;
/** A worker so many times slower than the others is no place to plan for; until it is so again. */
const SLOW_FROM = 2.5;
const SLOW_UNTIL = 1.8;
/** What is known of a slow worker holds so long, ms: then it is tried again. */
const REMEMBERED_MS = 30_000;

interface Measured {
  readonly model: string;
  calls: number;
  /** Measured over modelled time of calls, newest weighing most. */
  ratio: number;
  /** Of calls that run and have not ended: no less than this. */
  least: number;
  isSlow: boolean;
  measuredAt: number;
}

/** How slow workers are against the others of their model, from the times that calls take. */
export class WorkerSpeeds {
  readonly #workers = new Map<WorkerId, Measured>();
  readonly #medians = new Map<string, number>();

  open({ workerId, model }: WorkerIdentity): void {
    const nothing = { calls: 0, ratio: 0, least: 0, isSlow: false, measuredAt: 0 };
    this.#workers.set(workerId, { model, ...nothing });
    this.#medians.delete(model);
  }

  close(worker: WorkerId): void {
    const known = this.#workers.get(worker);
    this.#workers.delete(worker);
    if (known !== undefined) this.#medians.delete(known.model);
  }

  /** A call ended that ran with `batch` calls, itself included. `at`: steady time, ms. */
  observe(identity: WorkerIdentity, usage: CallUsage, batch: number, at: number): void {
    const known = this.#workers.get(identity.workerId);
    const measured = (usage.prefillMs + usage.decodeMs) / 1000;
    if (known === undefined || measured <= 0) return;
    const ratio = measured / serviceSeconds(timingOf(identity), batch, usage);
    const share = Math.max(NEWEST_SHARE, 1 / (known.calls + 1));
    known.calls += 1;
    known.ratio += (ratio - known.ratio) * share;
    known.least = 0;
    known.measuredAt = at;
    this.#medians.delete(known.model);
  }

  /** Calls that run there have taken `ratio` times what they should take in all, and go on. */
  observeRunning(worker: WorkerId, ratio: number, at: number): void {
    const known = this.#workers.get(worker);
    if (known === undefined || ratio <= known.least) return;
    known.least = ratio;
    known.measuredAt = at;
  }

  /** Times the median worker's time: 1 for one of usual speed, or of which too little is known. */
  slowness(worker: WorkerId): number {
    const known = this.#workers.get(worker);
    if (known === undefined) return 1;
    const median = this.#median(known.model);
    if (median === 0) return 1;
    const ratio = known.calls < CALLS_MIN ? median : known.ratio;
    const slowness = Math.min(SLOWNESS_MAX, Math.max(ratio, known.least) / median);
    return slowness < USUAL_MAX && slowness > 1 / USUAL_MAX ? 1 : slowness;
  }

  /** Whether nothing should be planned for the worker. */
  isSlow(worker: WorkerId): boolean {
    return this.#workers.get(worker)?.isSlow ?? false;
  }

  /** Seconds that a call takes in a batch at the median worker; undefined while that is unknown. */
  usualSeconds(
    identity: WorkerIdentity,
    batch: number,
    tokens: Parameters<typeof serviceSeconds>[2],
  ): number | undefined {
    const median = this.#median(identity.model);
    if (median === 0) return undefined;
    return median * serviceSeconds(timingOf(identity), batch, tokens);
  }

  /** Measured over modelled time at the median worker of the model; 0 while unknown. */
  medianRatio(model: string): number {
    return this.#median(model);
  }

  /** Looks at who is slow now; true when that changed. */
  review(at: number): boolean {
    let changed = false;
    for (const [worker, known] of this.#workers) {
      if (known.isSlow && at - known.measuredAt > REMEMBERED_MS) {
        known.calls = 0;
        known.least = 0;
        this.#medians.delete(known.model);
      }
      const isSlow = this.slowness(worker) >= (known.isSlow ? SLOW_UNTIL : SLOW_FROM);
      if (isSlow === known.isSlow) continue;
      known.isSlow = isSlow;
      changed = true;
    }
    return changed;
  }

  #median(model: string): number {
    const known = this.#medians.get(model);
    if (known !== undefined) return known;
    const ratios = [...this.#workers.values()]
      .filter((each) => each.model === model && each.calls >= CALLS_MIN)
      .map(({ ratio }) => ratio)
      .sort((a, b) => a - b);
    // Of an even number the faster one: of two workers the slow one is not the measure.
    const median = ratios[(ratios.length - 1) >> 1] ?? 0;
    this.#medians.set(model, median);
    return median;
  }
}

import type { CallUsage, WorkerId, WorkerIdentity } from '@helium/shared';
import { serviceSeconds, timingOf } from './engine-timing.ts';

/** Weight of the last call in a worker's speed: some ten calls are remembered. */
const NEWEST_SHARE = 0.1;
/** Calls before a worker's speed is believed. */
const CALLS_MIN = 4;
/** What a measurement may say at most; whoever seems slower than that is taken for so slow. */
const SLOWNESS_MAX = 32;

interface Measured {
  readonly model: string;
  calls: number;
  /** Measured over modelled time of calls, newest weighing most. */
  ratio: number;
}

/** How slow workers are against the others of their model, from the times of finished calls. */
export class WorkerSpeeds {
  readonly #workers = new Map<WorkerId, Measured>();
  readonly #medians = new Map<string, number>();

  open({ workerId, model }: WorkerIdentity): void {
    this.#workers.set(workerId, { model, calls: 0, ratio: 0 });
    this.#medians.delete(model);
  }

  close(worker: WorkerId): void {
    const known = this.#workers.get(worker);
    this.#workers.delete(worker);
    if (known !== undefined) this.#medians.delete(known.model);
  }

  /** A call ended that ran with `batch` calls, itself included. */
  observe(identity: WorkerIdentity, usage: CallUsage, batch: number): void {
    const known = this.#workers.get(identity.workerId);
    const measured = (usage.prefillMs + usage.decodeMs) / 1000;
    if (known === undefined || measured <= 0) return;
    const ratio = measured / serviceSeconds(timingOf(identity), batch, usage);
    const share = Math.max(NEWEST_SHARE, 1 / (known.calls + 1));
    known.calls += 1;
    known.ratio += (ratio - known.ratio) * share;
    this.#medians.delete(known.model);
  }

  /** Times the median worker's time: 1 for one of usual speed, or of which too little is known. */
  slowness(worker: WorkerId): number {
    const known = this.#workers.get(worker);
    if (known === undefined || known.calls < CALLS_MIN) return 1;
    const median = this.#median(known.model);
    return median > 0 ? Math.min(SLOWNESS_MAX, known.ratio / median) : 1;
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

import type { CallUsage, StepTotals, WorkerId, WorkerIdentity } from '@helium/shared';
import { serviceSeconds, timingOf } from './engine-timing.ts';
import { StepSpeed } from './step-speed.ts';

/** Weight of the last call in a worker's speed: some ten calls are remembered. */
const NEWEST_SHARE = 0.1;
/** Calls before a worker's speed is believed. */
const CALLS_MIN = 4;
/** What a measurement may say at most; whoever seems slower than that is taken for so slow. */
const SLOWNESS_MAX = 32;
/** What differs by less says nothing: calls of a batch are not alike. */
const USUAL_MAX = 1.4;
/** A worker so many times slower than the others is no place to plan for; until it is so again. */
const SLOW_FROM = 1.7;
const SLOW_UNTIL = 1.4;
/** What is known of a slow worker holds so long, ms: then it is tried again. */
const REMEMBERED_MS = 30_000;
/** What steps said holds so long, ms; then calls that are late say more. */
const STEPS_FRESH_MS = 10_000;

interface Measured {
  readonly peers: Peers;
  calls: number;
  /** Measured over modelled time of calls, newest weighing most. */
  ratio: number;
  /** Of calls that run and have not ended: no less than this. */
  least: number;
  measuredAt: number;
  /** What it says of its steps; undefined for a worker that says nothing. */
  steps: StepSpeed | undefined;
  steppedAt: number;
  /** Of what it has done since it attached: the time that the median worker takes for it, ms, up to `doneAt`. */
  doneMs: number;
  doneAt: number;
}

/** Ratios of the workers of a model that are believed, ascending. */
interface Peers {
  readonly model: string;
  readonly ratios: number[];
  workers: number;
}

/** How slow workers are against the others of their model, from the times that calls take. */
export class WorkerSpeeds {
  readonly #workers = new Map<WorkerId, Measured>();
  readonly #models = new Map<string, Peers>();
  readonly #slow = new Set<WorkerId>();
  /** Whether a review may find anything new. */
  #isNews = false;

  open({ workerId, model }: WorkerIdentity): void {
    this.close(workerId);
    const peers = this.#models.get(model) ?? { model, ratios: [], workers: 0 };
    this.#models.set(model, peers);
    peers.workers += 1;
    const nothing = { calls: 0, ratio: 0, least: 0, measuredAt: 0, doneMs: 0, doneAt: 0 };
    this.#workers.set(workerId, { peers, ...nothing, steps: undefined, steppedAt: 0 });
    this.#isNews = true;
  }

  close(worker: WorkerId): void {
    const known = this.#workers.get(worker);
    if (known === undefined) return;
    this.#doubt(known);
    this.#workers.delete(worker);
    this.#slow.delete(worker);
    known.peers.workers -= 1;
    if (known.peers.workers === 0) this.#models.delete(known.peers.model);
    this.#isNews = true;
  }

  /** A call ended that ran with `batch` calls, itself included. `at`: steady time, ms. */
  observe(identity: WorkerIdentity, usage: CallUsage, batch: number, at: number): void {
    const known = this.#workers.get(identity.workerId);
    const measured = (usage.prefillMs + usage.decodeMs) / 1000;
    if (known === undefined || measured <= 0 || known.steps !== undefined) return;
    const ratio = measured / serviceSeconds(timingOf(identity), batch, usage);
    const share = Math.max(NEWEST_SHARE, 1 / (known.calls + 1));
    this.#believe(known, known.ratio + (ratio - known.ratio) * share, known.calls + 1, at);
  }

  /** The worker says what it has stepped so far: that holds instead of what its calls took. */
  observeSteps(identity: WorkerIdentity, totals: StepTotals, at: number): void {
    const known = this.#workers.get(identity.workerId);
    if (known === undefined) return;
    if (known.steps === undefined) {
      known.steps = new StepSpeed(totals);
      known.doneMs = at;
      known.doneAt = at;
      return;
    }
    const before = known.steps.doneMs;
    if (!known.steps.observe(totals, timingOf(identity))) return;
    known.steppedAt = at;
    this.#believe(known, known.steps.ratio, CALLS_MIN, at);
    known.doneMs += (known.steps.doneMs - before) * medianOf(known.peers);
    known.doneAt = at;
  }

  /** A new measure of its speed, from so many calls. */
  #believe(known: Measured, ratio: number, calls: number, at: number): void {
    if (known.calls >= CALLS_MIN) remove(known.peers.ratios, known.ratio);
    known.calls = calls;
    known.ratio = ratio;
    known.least = 0;
    known.measuredAt = at;
    if (known.calls >= CALLS_MIN) insert(known.peers.ratios, known.ratio);
    this.#isNews = true;
  }

  /**
   * A clock of the worker's work, ms: of what it does between two looks, the time that the median worker takes
   * for it. By its steps as far as it has said them, by its speed since then.
   */
  workClock(worker: WorkerId, at: number): number {
    const known = this.#workers.get(worker);
    if (known?.steps === undefined) return at;
    return known.doneMs + (at - known.doneAt) / this.#slowness(known);
  }

  /** Calls that run there have taken `ratio` times what they should take in all, and go on. */
  observeRunning(worker: WorkerId, ratio: number, at: number): void {
    const known = this.#workers.get(worker);
    if (known === undefined || ratio <= known.least) return;
    if (known.steps !== undefined && at - known.steppedAt < STEPS_FRESH_MS) return;
    known.least = ratio;
    known.measuredAt = at;
    this.#isNews = true;
  }

  /** Times the median worker's time: 1 for one of usual speed, or of which too little is known. */
  slowness(worker: WorkerId): number {
    const known = this.#workers.get(worker);
    return known === undefined ? 1 : this.#slowness(known);
  }

  #slowness(known: Measured): number {
    const median = medianOf(known.peers);
    if (median === 0) return 1;
    const ratio = known.calls < CALLS_MIN ? median : known.ratio;
    const slowness = Math.min(SLOWNESS_MAX, Math.max(ratio, known.least) / median);
    return slowness < USUAL_MAX && slowness > 1 / USUAL_MAX ? 1 : slowness;
  }

  /** Whether nothing should be planned for the worker. */
  isSlow(worker: WorkerId): boolean {
    return this.#slow.has(worker);
  }

  /** Workers for which nothing should be planned, ascending. */
  get slow(): readonly WorkerId[] {
    return [...this.#slow].sort();
  }

  /** Seconds that a call takes in a batch at the median worker; undefined while that is unknown. */
  usualSeconds(
    identity: WorkerIdentity,
    batch: number,
    tokens: Parameters<typeof serviceSeconds>[2],
  ): number | undefined {
    const median = this.medianRatio(identity.model);
    if (median === 0) return undefined;
    return median * serviceSeconds(timingOf(identity), batch, tokens);
  }

  /** Measured over modelled time at the median worker of the model; 0 while unknown. */
  medianRatio(model: string): number {
    const peers = this.#models.get(model);
    return peers === undefined ? 0 : medianOf(peers);
  }

  /**
   * Looks at who is slow now; true when that changed. O(workers), and O(slow workers) when nothing was
   * measured since the last time.
   */
  review(at: number): boolean {
    for (const worker of this.#slow) {
      const known = this.#workers.get(worker);
      if (known !== undefined && at - known.measuredAt > REMEMBERED_MS) this.#doubt(known);
    }
    if (!this.#isNews) return false;
    this.#isNews = false;
    let changed = false;
    for (const [worker, known] of this.#workers) {
      const wasSlow = this.#slow.has(worker);
      const isSlow = this.#slowness(known) >= (wasSlow ? SLOW_UNTIL : SLOW_FROM);
      if (isSlow === wasSlow) continue;
      if (isSlow) this.#slow.add(worker);
      else this.#slow.delete(worker);
      changed = true;
    }
    return changed;
  }

  /** What was measured of the worker holds no more. */
  #doubt(known: Measured): void {
    if (known.calls >= CALLS_MIN) remove(known.peers.ratios, known.ratio);
    known.calls = 0;
    known.least = 0;
    known.steps?.forget();
    this.#isNews = true;
  }
}

/** Of an even number the faster one: of two workers the slow one is not the measure. 0 for none. */
function medianOf({ ratios }: Peers): number {
  return ratios[(ratios.length - 1) >> 1] ?? 0;
}

function insert(ascending: number[], value: number): void {
  ascending.splice(placeOf(ascending, value), 0, value);
}

function remove(ascending: number[], value: number): void {
  ascending.splice(placeOf(ascending, value), 1);
}

/** Of the first number that is not smaller. */
function placeOf(ascending: readonly number[], value: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

import { BEST_EFFORT, type Schedule, type StepTiming } from '../instance.ts';
import type { InstanceIndex } from '../instance-index.ts';
import { dependenciesFirst } from '../order.ts';
import type { Played } from '../policies/batching-cost.ts';
import type { BegunWorkers } from '../simulation/begun-workers.ts';
import { type WorkerPlay, WorkerPlayer } from '../simulation/worker-player.ts';
import type { CallPlaces } from './priority-moves.ts';

const IDLE: WorkerPlay = { endSeconds: 0, hitTokens: 0, promptTokens: 0 };

/** Some workers' sequences as they would be, and what they would do. */
export interface Replay {
  readonly workers: readonly number[];
  readonly sequences: readonly (readonly number[])[];
  readonly plays: readonly WorkerPlay[];
  /** Of all workers. */
  readonly played: Played;
  /** Calls that were played for it. */
  readonly calls: number;
}

/**
 * A schedule with what each worker does in it. A change plays only the workers that it touches and those
 * whose calls wait for theirs: where rows stay on workers, one or two of many.
 */
export class PlayedSchedule {
  readonly #index: InstanceIndex;
  readonly #player: WorkerPlayer;
  readonly #promptTokens: number;
  /** Of the schedule as it was played; the placed calls may have changed since. */
  readonly #workerOf: Int32Array;
  readonly #sequences: (readonly number[])[];
  readonly #plays: WorkerPlay[];
  readonly #isTaken: Uint8Array;
  /** Ones, by call: for `dependenciesFirst`. */
  readonly #ones: Uint8Array<ArrayBuffer>;
  /** By worker its place among those that are played. */
  readonly #placeOf: Int32Array;

  constructor(
    index: InstanceIndex,
    placed: CallPlaces,
    timing: StepTiming,
    begun: BegunWorkers | undefined,
  ) {
    const { workers } = index.instance;
    this.#index = index;
    this.#player = new WorkerPlayer(index, timing, begun);
    this.#promptTokens = index.promptTokens.reduce((sum, tokens) => sum + tokens, 0);
    this.#workerOf = placed.workerOf.slice();
    this.#sequences = Array.from({ length: workers }, () => []);
    this.#plays = Array.from({ length: workers }, () => IDLE);
    this.#isTaken = new Uint8Array(workers);
    this.#ones = new Uint8Array(index.callCount).fill(1);
    this.#placeOf = new Int32Array(workers);
    const all = [...this.#sequences.keys()];
    this.accept(this.#replay(placed, all, [...placed.workerOf.keys()]), placed);
  }

  /** What all workers do. */
  get played(): Played {
    return this.#total(this.#plays);
  }

  /** The worker that ends last, and the one that ends first. */
  get extremes(): { readonly last: number; readonly first: number } {
    let [last, first] = [0, 0];
    this.#plays.forEach(({ endSeconds }, worker) => {
      if (endSeconds > this.#plays[last]!.endSeconds) last = worker;
      if (endSeconds < this.#plays[first]!.endSeconds) first = worker;
    });
    return { last, first };
  }

  sequenceOf(worker: number): readonly number[] {
    return this.#sequences[worker]!;
  }

  schedule(): Schedule {
    return { workers: this.#sequences.slice(), execution: BEST_EFFORT };
  }

  /** What comes of the places as they are now; `changed` names the calls whose places are new. */
  replay(placed: CallPlaces, changed: readonly number[]): Replay {
    const workers = this.#touched(placed.workerOf, changed);
    return this.#replay(
      placed,
      workers,
      workers.flatMap((worker) => this.#sequences[worker]!),
    );
  }

  accept({ workers, sequences, plays }: Replay, { workerOf }: CallPlaces): void {
    workers.forEach((worker, i) => {
      this.#sequences[worker] = sequences[i]!;
      this.#plays[worker] = plays[i]!;
      for (const call of sequences[i]!) this.#workerOf[call] = workerOf[call]!;
    });
  }

  #replay({ priority, workerOf }: CallPlaces, workers: readonly number[], calls: number[]): Replay {
    const order = dependenciesFirst(
      this.#index,
      calls.sort((a, b) => priority[a]! - priority[b]! || a - b),
      this.#ones,
    );
    const placeOf = this.#placeOf;
    workers.forEach((worker, i) => {
      placeOf[worker] = i;
    });
    const sequences: number[][] = workers.map(() => []);
    for (const call of order) sequences[placeOf[workerOf[call]!]!]!.push(call);
    const plays = this.#player.play(workers, sequences);
    const all = this.#plays.slice();
    workers.forEach((worker, i) => {
      all[worker] = plays[i]!;
    });
    return { workers, sequences, plays, played: this.#total(all), calls: calls.length };
  }

  /** Workers of the changed calls, then and now, and all whose calls wait for each other's, ascending. */
  #touched(now: Int32Array, changed: readonly number[]): number[] {
    const { deps, successors } = this.#index;
    const then = this.#workerOf;
    const found: number[] = [];
    const taken = this.#isTaken.fill(0);
    const take = (worker: number) => {
      if (taken[worker] === 1) return;
      taken[worker] = 1;
      found.push(worker);
    };
    for (const call of changed) {
      take(then[call]!);
      take(now[call]!);
    }
    for (let i = 0; i < found.length && found.length < this.#sequences.length; i++) {
      for (const call of this.#sequences[found[i]!]!) {
        for (const others of [deps[call]!, successors[call]!]) {
          for (const other of others) {
            take(then[other]!);
            take(now[other]!);
          }
        }
      }
    }
    return found.sort((a, b) => a - b);
  }

  #total(plays: readonly WorkerPlay[]): Played {
    let [makespanSeconds, hits, prompts] = [0, 0, 0];
    for (const { endSeconds, hitTokens, promptTokens } of plays) {
      makespanSeconds = Math.max(makespanSeconds, endSeconds);
      hits += hitTokens;
      prompts += promptTokens;
    }
    return { makespanSeconds, hitRate: prompts === 0 ? 0 : hits / prompts };
  }
}

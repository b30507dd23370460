import { BEST_EFFORT, type StepTiming } from '../instance.ts';
import type { InstanceIndex } from '../instance-index.ts';
import { type BegunWorkers, workerOptions } from './begun-workers.ts';
import { SequenceQueue } from './call-queue.ts';
import { Places, run } from './play.ts';
import { SimPrefixCache } from './sim-prefix-cache.ts';
import { SimWorker } from './sim-worker.ts';

/** What one worker did. */
export interface WorkerPlay {
  /** Of its last completion, seconds. */
  readonly endSeconds: number;
  readonly hitTokens: number;
  readonly promptTokens: number;
}

/** Of sequences that are not grouped. */
const NO_GROUPS: readonly number[] = [];

/** Nodes in all workers' caches from which they are made anew, 40 bytes each: calls that came and went leave theirs. */
const NODES_AT_MOST = 4 << 20;

/**
 * Plays some workers' sequences alone, best effort, again and again. What a play needs is kept for the next: a search
 * plays few calls many times.
 */
export class WorkerPlayer {
  readonly #index: InstanceIndex;
  readonly #timing: StepTiming;
  readonly #begun: BegunWorkers | undefined;
  readonly #places: Places;
  /** By worker. */
  readonly #caches: SimPrefixCache[] = [];

  constructor(index: InstanceIndex, timing: StepTiming, begun: BegunWorkers | undefined) {
    this.#index = index;
    this.#timing = timing;
    this.#begun = begun;
    this.#places = new Places(index);
  }

  /**
   * By place in `numbers`, which names the workers. No call of theirs may wait for one of another worker. Throws
   * SCHEDULE_INFEASIBLE as `simulate` does.
   */
  play(numbers: readonly number[], sequences: readonly (readonly number[])[]): WorkerPlay[] {
    const { maxInflight } = BEST_EFFORT;
    const queues = sequences.map((calls) => new SequenceQueue(calls, NO_GROUPS, BEST_EFFORT));
    const workers = queues.map((queue, i) => {
      const options = { timing: this.#timing, maxInflight };
      const begun = workerOptions(numbers[i]!, options, this.#begun);
      return new SimWorker(this.#index, queue, begun, this.#cacheOf(numbers[i]!, begun.cache));
    });
    this.#places.begin(sequences, queues);
    const ends = run(workers, this.#places);
    return workers.map(({ hitTokens, promptTokens }, i) => ({
      endSeconds: ends[i]!,
      hitTokens,
      promptTokens,
    }));
  }

  #cacheOf(worker: number, options: SimWorkerCache): SimPrefixCache {
    const { trie, instance } = this.#index;
    const known = this.#caches[worker];
    if (known !== undefined && known.size * instance.workers <= NODES_AT_MOST) {
      known.reset();
      return known;
    }
    const made = new SimPrefixCache(trie, instance.kvCapacity, options);
    this.#caches[worker] = made;
    return made;
  }
}

type SimWorkerCache = ConstructorParameters<typeof SimPrefixCache>[2];

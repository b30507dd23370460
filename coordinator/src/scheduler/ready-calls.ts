import { KeyedHeap, type Prng } from '@helium/shared';
import type { InstanceIndex } from './instance-index.ts';

/** Calls whose delays have passed, and which of them is best taken next. */
export interface ReadyCalls {
  offer(call: number): void;
  /**
   * Removes and returns the best call for a worker whose last call was `last` (-1: none). Undefined when
   * there is none for anybody.
   */
  take(last: number): number | undefined;
}

/** What a call is worth: `base + perSharedToken · S(last, call)`; ties go to the lowest number. */
export interface PrefixPriority {
  readonly base: Float64Array;
  readonly perSharedToken: Float64Array;
}

/**
 * Takes the call of highest priority in O(items · log n): every shared node of the trie keeps the
 * ready calls below it, ordered by what they are worth after a call that parts from them exactly
 * there. That is never more than the truth and equals it at the true parting node, so that the best
 * of the tops along the last call's path is the best of all.
 */
export class PrefixReadyCalls implements ReadyCalls {
  readonly #index: InstanceIndex;
  readonly #priority: PrefixPriority;
  /** By node. A pool among many meets few of the nodes: an array would be mostly holes. */
  readonly #heaps = new Map<number, KeyedHeap>();
  readonly #waiting: Uint8Array;

  /** `waiting`: per call whether it is offered; pools that share no call may have it in common. */
  constructor(
    index: InstanceIndex,
    priority: PrefixPriority,
    waiting = new Uint8Array(index.callCount),
  ) {
    this.#index = index;
    this.#priority = priority;
    this.#waiting = waiting;
  }

  offer(call: number): void {
    const { parent, depth, callsBelow, promptEnd } = this.#index.trie;
    this.#waiting[call] = 1;
    const base = this.#priority.base[call]!;
    const perToken = this.#priority.perSharedToken[call]!;
    for (let node = promptEnd[call]!; node >= 0; node = parent[node]!) {
      if (callsBelow[node]! < 2 && node > 0) continue;
      let heap = this.#heaps.get(node);
      if (heap === undefined) {
        heap = new KeyedHeap();
        this.#heaps.set(node, heap);
      }
      heap.push(-(base + perToken * depth[node]!), call);
    }
  }

  take(last: number): number | undefined {
    const { parent, promptEnd } = this.#index.trie;
    let best: number | undefined;
    let bestKey = Number.POSITIVE_INFINITY;
    for (let node = last < 0 ? 0 : promptEnd[last]!; node >= 0; node = parent[node]!) {
      const heap = this.#heaps.get(node);
      const call = heap && this.#top(heap);
      if (call === undefined) continue;
      const key = heap!.peekKey()!;
      if (key < bestKey || (key === bestKey && call < best!)) {
        best = call;
        bestKey = key;
      }
    }
    if (best !== undefined) this.#waiting[best] = 0;
    return best;
  }

  #top(heap: KeyedHeap): number | undefined {
    let call = heap.peek();
    while (call !== undefined && this.#waiting[call] === 0) {
      heap.pop();
      call = heap.peek();
    }
    return call;
  }
}

/** Takes any ready call, all with the same chance. */
export class RandomReadyCalls implements ReadyCalls {
  readonly #random: Prng;
  readonly #calls: number[] = [];

  constructor(random: Prng) {
    this.#random = random;
  }

  offer(call: number): void {
    this.#calls.push(call);
  }

  take(): number | undefined {
    const last = this.#calls.pop();
    if (last === undefined) return undefined;
    const chosen = Math.floor(this.#random() * (this.#calls.length + 1));
    if (chosen === this.#calls.length) return last;
    const call = this.#calls[chosen]!;
    this.#calls[chosen] = last;
    return call;
  }
}

import { type SearchGraph, usageAfter } from './search-graph.ts';

/**
 * A feasible schedule with the times of all its calls, and what a change of it would cost.
 * The calls stand in one order in which every call comes after what it depends on; a worker's sequence is
 * what the order holds of its calls. A change rewrites a window of the order. What is behind the window
 * keeps its neighbours, so the longest ways from there to the end, known from before, price the window
 * without a look at the rest. Times are token steps: integers that doubles hold exactly.
 */
export class TimedSchedule {
  readonly graph: SearchGraph;
  /** Calls at the beginning of the order that stay where they are: workers have them already. */
  readonly frozen: number;
  readonly order: Int32Array;
  readonly position: Int32Array;
  readonly workerOf: Int32Array;
  /** Neighbours on the same worker; -1: none. */
  readonly before: Int32Array;
  readonly after: Int32Array;
  /** Last call of every worker; -1: none. */
  readonly lastOf: Int32Array;
  readonly usage: Float64Array;
  readonly completion: Float64Array;
  /** Longest way from the call's start to the end of the batch, its own usage included. */
  readonly tail: Float64Array;
  makespan = 0;
  /** Σ usage. */
  busy = 0;
  /** Calls whose times were computed so far: the work done, on any machine. */
  work = 0;
  /** What the window under trial would hold; `windowLength` calls from place `windowFrom` on. */
  readonly window: Int32Array;
  windowFrom = 0;
  windowLength = 0;
  /** By how much the priced change would alter `busy`. */
  busyChange = 0;

  #trial = 0;
  /** Trial in which a call was last in the window, and in which a worker last changed. */
  readonly #callTrial: Int32Array;
  readonly #workerTrial: Int32Array;
  readonly #newBefore: Int32Array;
  readonly #newUsage: Float64Array;
  readonly #newCompletion: Float64Array;
  /** Per changed worker: its last call up to the window's end, and the first behind it. */
  readonly #last: Int32Array;
  readonly #next: Int32Array;
  readonly #nextUsage: Float64Array;
  readonly #dirty: Uint8Array;

  constructor(graph: SearchGraph, frozen = 0) {
    const { callCount: n, workers } = graph;
    this.graph = graph;
    this.frozen = frozen;
    this.order = new Int32Array(n);
    this.position = new Int32Array(n);
    this.workerOf = new Int32Array(n);
    this.before = new Int32Array(n);
    this.after = new Int32Array(n);
    this.lastOf = new Int32Array(workers);
    this.usage = new Float64Array(n);
    this.completion = new Float64Array(n);
    this.tail = new Float64Array(n);
    this.window = new Int32Array(n);
    this.#callTrial = new Int32Array(n);
    this.#workerTrial = new Int32Array(workers);
    this.#newBefore = new Int32Array(n);
    this.#newUsage = new Float64Array(n);
    this.#newCompletion = new Float64Array(n);
    this.#last = new Int32Array(workers);
    this.#next = new Int32Array(workers);
    this.#nextUsage = new Float64Array(workers);
    this.#dirty = new Uint8Array(n);
  }

  /** Takes an order in which dependencies come first, and the worker of every call. O(n). */
  load(order: Int32Array, workerOf: Int32Array): void {
    this.order.set(order);
    this.workerOf.set(workerOf);
    this.lastOf.fill(-1);
    this.busy = 0;
    for (let i = 0; i < order.length; i++) {
      const call = order[i]!;
      const worker = workerOf[call]!;
      const before = this.lastOf[worker]!;
      this.position[call] = i;
      this.before[call] = before;
      this.after[call] = -1;
      if (before >= 0) this.after[before] = call;
      this.lastOf[worker] = call;
      this.usage[call] = usageAfter(this.graph, before, call);
      this.busy += this.usage[call]!;
      this.completion[call] = this.#completionOf(call);
    }
    for (let i = order.length - 1; i >= 0; i--) this.tail[order[i]!] = this.#tailOf(order[i]!);
    this.makespan = this.#latest();
    this.work += 2 * order.length;
  }

  /** Sorts the order by start times: near in time is near in the order, and windows are short. */
  sortByStart(): void {
    const { completion, usage } = this;
    const places = this.position.slice();
    this.order
      .subarray(this.frozen)
      .sort(
        (a, b) =>
          completion[a]! - usage[a]! - (completion[b]! - usage[b]!) || places[a]! - places[b]!,
      );
    for (let i = 0; i < this.order.length; i++) this.position[this.order[i]!] = i;
    this.work += 8 * this.order.length;
  }

  /**
   * Prices the window; calls that change their worker have the new one in `workerOf` already, and `changed`
   * names every worker whose sequence differs. Returns the longest way through the window; Infinity as soon
   * as it exceeds the makespan by more than `allowance` less `busyWeight · busyChange`. The makespan would be
   * the greater of this and what it is now; where this is less, it may fall. Only `commit` says exactly.
   * O(window · dependencies + workers).
   */
  price(changed: readonly number[], allowance: number, busyWeight: number): number {
    this.#link(changed);
    this.work += this.windowLength + 8;
    const limit = this.makespan + allowance - busyWeight * this.busyChange;
    const longest = this.#behind(changed, this.#longestWay(limit));
    return longest > limit ? Number.POSITIVE_INFINITY : longest;
  }

  /** Makes the priced change; `changed` as before. O(calls whose times change + n / 64). */
  commit(changed: readonly number[]): void {
    const { window, windowFrom, windowLength, order, position } = this;
    for (let i = 0; i < windowLength; i++) {
      order[windowFrom + i] = window[i]!;
      position[window[i]!] = windowFrom + i;
    }
    this.busy += this.busyChange;
    for (const worker of changed) this.#relink(worker);
    this.#moveHeads(changed);
    this.#moveTails(changed);
    this.makespan = this.#latest();
  }

  /** Who follows whom on the changed workers. */
  #link(changed: readonly number[]): void {
    const { graph, window, windowFrom, windowLength, workerOf, before, usage } = this;
    const trial = ++this.#trial;
    const last = this.#last;
    for (const worker of changed) {
      this.#workerTrial[worker] = trial;
      last[worker] = this.#lastBefore(worker, windowFrom);
      this.#next[worker] = this.#firstFrom(worker, windowFrom + windowLength);
    }
    let busyChange = 0;
    for (let i = 0; i < windowLength; i++) {
      const call = window[i]!;
      const worker = workerOf[call]!;
      this.#callTrial[call] = trial;
      let previous = before[call]!;
      let newUsage = usage[call]!;
      if (this.#workerTrial[worker] === trial) {
        if (last[worker] !== previous) {
          previous = last[worker]!;
          newUsage = usageAfter(graph, previous, call);
          busyChange += newUsage - usage[call]!;
        }
        last[worker] = call;
      }
      this.#newBefore[call] = previous;
      this.#newUsage[call] = newUsage;
    }
    for (const worker of changed) {
      const next = this.#next[worker]!;
      if (next < 0) continue;
      const isSame = before[next] === last[worker];
      this.#nextUsage[worker] = isSame ? usage[next]! : usageAfter(graph, last[worker]!, next);
      busyChange += this.#nextUsage[worker]! - usage[next]!;
    }
    this.busyChange = busyChange;
  }

  /** The longest way that leaves the window by a dependency or along an unchanged worker. */
  #longestWay(limit: number): number {
    const { window, windowLength, completion, tail, after, position, workerOf } = this;
    const { delay, deps, successors } = this.graph;
    const { start, items } = successors;
    const callTrial = this.#callTrial;
    const newCompletion = this.#newCompletion;
    const trial = this.#trial;
    const windowEnd = this.windowFrom + windowLength;
    let longest = 0;
    for (let i = 0; i < windowLength && longest <= limit; i++) {
      const call = window[i]!;
      const previous = this.#newBefore[call]!;
      let begin = 0;
      if (previous >= 0) {
        begin = callTrial[previous] === trial ? newCompletion[previous]! : completion[previous]!;
      }
      for (let k = deps.start[call]!, to = deps.start[call + 1]!; k < to; k++) {
        const dep = deps.items[k]!;
        const passed =
          (callTrial[dep] === trial ? newCompletion[dep]! : completion[dep]!) + delay[dep]!;
        if (passed > begin) begin = passed;
      }
      const end = begin + this.#newUsage[call]!;
      newCompletion[call] = end;
      if (end > longest) longest = end;
      for (let k = start[call]!, to = start[call + 1]!; k < to; k++) {
        const next = items[k]!;
        if (callTrial[next] === trial) continue;
        const way = end + delay[call]! + tail[next]!;
        if (way > longest) longest = way;
      }
      const next = after[call]!;
      if (next < 0 || position[next]! < windowEnd) continue;
      if (this.#workerTrial[workerOf[call]!] === trial) continue;
      if (end + tail[next]! > longest) longest = end + tail[next]!;
    }
    return longest;
  }

  /** The longest way, given that of the rest, that leaves the window along a changed worker. */
  #behind(changed: readonly number[], longest: number): number {
    let result = longest;
    for (const worker of changed) {
      const next = this.#next[worker]!;
      if (next < 0) continue;
      const last = this.#last[worker]!;
      let begin = 0;
      if (last >= 0) {
        const isNew = this.#callTrial[last] === this.#trial;
        begin = isNew ? this.#newCompletion[last]! : this.completion[last]!;
      }
      const way = begin + this.tail[next]! + this.#nextUsage[worker]! - this.usage[next]!;
      if (way > result) result = way;
    }
    return result;
  }

  /** Gives a changed worker its new sequence within the window. */
  #relink(worker: number): void {
    const { window, windowLength, workerOf, before, after, usage } = this;
    for (let i = 0; i < windowLength; i++) {
      const call = window[i]!;
      if (workerOf[call] !== worker) continue;
      const previous = this.#newBefore[call]!;
      before[call] = previous;
      if (previous >= 0) after[previous] = call;
      usage[call] = this.#newUsage[call]!;
    }
    const last = this.#last[worker]!;
    const next = this.#next[worker]!;
    if (last >= 0) after[last] = next;
    if (next < 0) this.lastOf[worker] = last;
    else {
      before[next] = last;
      usage[next] = this.#nextUsage[worker]!;
    }
  }

  /** Completions, from the window on as far as they change. */
  #moveHeads(changed: readonly number[]): void {
    const { window, windowFrom, windowLength, completion, order } = this;
    let pending = 0;
    for (const worker of changed) {
      const next = this.#next[worker]!;
      if (next >= 0) pending += this.#mark(next);
    }
    for (let i = 0; i < windowLength; i++) {
      const call = window[i]!;
      if (completion[call] === this.#newCompletion[call]) continue;
      completion[call] = this.#newCompletion[call]!;
      pending += this.#markBehind(call, windowFrom + windowLength);
    }
    let work = windowLength;
    let i = windowFrom + windowLength;
    for (; pending > 0; i++) {
      const call = order[i]!;
      if (this.#dirty[call] === 0) continue;
      this.#dirty[call] = 0;
      pending--;
      work++;
      const end = this.#completionOf(call);
      if (end === completion[call]) continue;
      completion[call] = end;
      pending += this.#markBehind(call, 0);
    }
    this.work += work + ((i - windowFrom) >> 4);
  }

  /** Tails, from the last changed usage back as far as they change. */
  #moveTails(changed: readonly number[]): void {
    const { window, windowFrom, windowLength, tail, order, position } = this;
    let pending = 0;
    let from = windowFrom + windowLength - 1;
    for (let i = 0; i < windowLength; i++) {
      const previous = this.before[window[i]!]!;
      pending += this.#mark(window[i]!) + (previous >= 0 ? this.#mark(previous) : 0);
    }
    for (const worker of changed) {
      const next = this.#next[worker]!;
      if (next >= 0) {
        pending += this.#mark(next);
        from = Math.max(from, position[next]!);
      }
      const previous = next >= 0 ? this.before[next]! : this.lastOf[worker]!;
      if (previous >= 0) pending += this.#mark(previous);
    }
    let work = 0;
    let i = from;
    for (; pending > 0; i--) {
      const call = order[i]!;
      if (this.#dirty[call] === 0) continue;
      this.#dirty[call] = 0;
      pending--;
      work++;
      const longest = this.#tailOf(call);
      if (longest === tail[call]) continue;
      tail[call] = longest;
      pending += this.#markAhead(call);
    }
    this.work += work + ((from - i) >> 4);
  }

  #mark(call: number): number {
    if (this.#dirty[call] === 1) return 0;
    this.#dirty[call] = 1;
    return 1;
  }

  /** Marks what starts after the call, from a place of the order on; returns how many are new. */
  #markBehind(call: number, from: number): number {
    const { start, items } = this.graph.successors;
    let marked = 0;
    for (let k = start[call]!, to = start[call + 1]!; k < to; k++) {
      if (this.position[items[k]!]! >= from) marked += this.#mark(items[k]!);
    }
    const next = this.after[call]!;
    if (next >= 0 && this.position[next]! >= from) marked += this.#mark(next);
    return marked;
  }

  #markAhead(call: number): number {
    const { start, items } = this.graph.deps;
    let marked = 0;
    for (let k = start[call]!, to = start[call + 1]!; k < to; k++) marked += this.#mark(items[k]!);
    const previous = this.before[call]!;
    return previous >= 0 ? marked + this.#mark(previous) : marked;
  }

  #completionOf(call: number): number {
    const { deps, delay } = this.graph;
    const { completion } = this;
    const previous = this.before[call]!;
    let begin = previous >= 0 ? completion[previous]! : 0;
    for (let k = deps.start[call]!, to = deps.start[call + 1]!; k < to; k++) {
      const dep = deps.items[k]!;
      const passed = completion[dep]! + delay[dep]!;
      if (passed > begin) begin = passed;
    }
    return begin + this.usage[call]!;
  }

  #tailOf(call: number): number {
    const { start, items } = this.graph.successors;
    const { tail } = this;
    const delay = this.graph.delay[call]!;
    const next = this.after[call]!;
    let longest = next >= 0 ? tail[next]! : 0;
    for (let k = start[call]!, to = start[call + 1]!; k < to; k++) {
      const way = delay + tail[items[k]!]!;
      if (way > longest) longest = way;
    }
    return longest + this.usage[call]!;
  }

  #latest(): number {
    let latest = 0;
    for (const last of this.lastOf) {
      if (last >= 0 && this.completion[last]! > latest) latest = this.completion[last]!;
    }
    return latest;
  }

  #lastBefore(worker: number, from: number): number {
    const { order, workerOf } = this;
    let i = from - 1;
    while (i >= 0 && workerOf[order[i]!] !== worker) i--;
    this.work += (from - i) >> 4;
    return i >= 0 ? order[i]! : -1;
  }

  #firstFrom(worker: number, from: number): number {
    const { order, workerOf } = this;
    let i = from;
    while (i < order.length && workerOf[order[i]!] !== worker) i++;
    this.work += (i - from) >> 4;
    return i < order.length ? order[i]! : -1;
  }
}

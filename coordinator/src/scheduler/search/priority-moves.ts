import type { Prng } from '@helium/shared';
import type { InstanceIndex } from '../instance-index.ts';
import { dependencyChains } from '../order.ts';
import { type SearchGraph, searchGraph } from './search-graph.ts';

/** Where the calls are: smaller priorities come first on a worker, as far as dependencies allow. */
export interface CallPlaces {
  readonly priority: Float64Array;
  readonly workerOf: Int32Array;
}

/** The same with those that do not move. */
export interface PlacedCalls extends CallPlaces {
  readonly pinned: readonly { readonly call: number }[];
  /** Calls whose workers are given; their priorities are not. */
  readonly bound: readonly { readonly call: number }[];
}

/** What moves look at: who ends last and first, and what a worker runs. */
export interface WorkersAt {
  readonly extremes: { readonly last: number; readonly first: number };
  sequenceOf(worker: number): readonly number[];
}

/** Proposes changes of priorities and workers: of a call, of calls with a common prefix, a row, an operator. */
export class PriorityMoves {
  readonly priority: Float64Array;
  readonly workerOf: Int32Array;
  /** Calls whose priority or worker the move proposed last changes. */
  readonly changed: number[] = [];
  readonly #oldPriority: number[] = [];
  readonly #oldWorkerOf: number[] = [];
  readonly #random: Prng;
  readonly #workers: number;
  #extremes = { last: 0, first: 0 };
  readonly #movable: Int32Array;
  readonly #isPinned: Uint8Array;
  readonly #isBound: Uint8Array;
  readonly #rows: readonly Int32Array[];
  readonly #operators: readonly Int32Array[];
  readonly #chains: readonly Int32Array[];
  readonly #rowOf: Int32Array;
  readonly #chainOf: Int32Array;
  readonly #operatorOf: Int32Array;
  readonly #graph: SearchGraph;
  /** Of each parting node one place among the partings. */
  readonly #nodes: readonly number[];

  constructor(index: InstanceIndex, placed: PlacedCalls, random: Prng) {
    const { priority, workerOf, pinned, bound } = placed;
    const { calls, workers } = index.instance;
    this.priority = priority;
    this.workerOf = workerOf;
    this.#random = random;
    this.#workers = workers;
    this.#isPinned = new Uint8Array(calls.length);
    for (const { call } of pinned) this.#isPinned[call] = 1;
    this.#isBound = this.#isPinned.slice();
    for (const { call } of bound) this.#isBound[call] = 1;
    this.#movable = Int32Array.from(calls.keys()).filter((call) => this.#isPinned[call] === 0);
    [this.#rows, this.#rowOf] = grouped(calls.map(({ query }) => query));
    [this.#operators, this.#operatorOf] = grouped(calls.map(({ op }) => op));
    [this.#chains, this.#chainOf] = grouped([...dependencyChains(index)]);
    this.#graph = searchGraph(index);
    this.#nodes = partingsOnce(this.#graph);
  }

  get canMove(): boolean {
    return this.#movable.length > 1;
  }

  /** Changes priorities or workers; false where the draw changed nothing. */
  propose(schedule: WorkersAt): boolean {
    this.changed.length = 0;
    this.#oldPriority.length = 0;
    this.#oldWorkerOf.length = 0;
    this.#extremes = schedule.extremes;
    const call = this.#choose(schedule);
    const draw = this.#random();
    if (draw < 0.2) return this.#exchange(call);
    if (this.#workers > 1) {
      if (draw < 0.5) return this.#send(this.#sent(call));
      if (draw < 0.62) return this.#exchangeRows(call);
    }
    return this.#shift(this.#group(call), call);
  }

  reject(): void {
    for (let i = this.changed.length - 1; i >= 0; i--) {
      const call = this.changed[i]!;
      this.priority[call] = this.#oldPriority[i]!;
      this.workerOf[call] = this.#oldWorkerOf[i]!;
    }
  }

  #put(call: number, priority: number, worker: number): void {
    this.changed.push(call);
    this.#oldPriority.push(this.priority[call]!);
    this.#oldWorkerOf.push(this.workerOf[call]!);
    this.priority[call] = priority;
    this.workerOf[call] = worker;
  }

  /** Half of the calls are of the worker that ends last: the batch ends when it does. */
  #choose(schedule: WorkersAt): number {
    const last = schedule.sequenceOf(this.#extremes.last);
    if (this.#workers > 1 && this.#random() < 0.5) {
      const call = last[this.#below(last.length)]!;
      if (this.#isPinned[call] === 0) return call;
    }
    return this.#movable[this.#below(this.#movable.length)]!;
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  /** What is sent with the call: mostly what shares a prefix with another call of its worker, and is not too much. */
  #sent(call: number): Int32Array {
    if (this.#random() < 0.4) return this.#group(call);
    const worker = this.workerOf[call]!;
    const nodes = this.#nodesOn(worker);
    if (nodes.length === 0) return Int32Array.of(call);
    const { partingFrom, partingTo, byPrefix } = this.#graph;
    const at = nodes[this.#below(nodes.length)]!;
    return byPrefix
      .subarray(partingFrom[at]!, partingTo[at]!)
      .filter((each) => this.workerOf[each] === worker && this.#isPinned[each] === 0);
  }

  /** Partings, each node once, below which the worker has calls, and not more than half its share. */
  #nodesOn(worker: number): number[] {
    const most = this.#movable.length / this.#workers / 2;
    const { partingFrom, partingTo, byPrefix } = this.#graph;
    return this.#nodes.filter((at) => {
      if (partingTo[at]! - partingFrom[at]! > most) return false;
      for (let i = partingFrom[at]!; i < partingTo[at]!; i++) {
        if (this.workerOf[byPrefix[i]!] === worker) return true;
      }
      return false;
    });
  }

  /** What moves with the call; half of the time only what is on the same worker. */
  #group(call: number): Int32Array {
    const group = this.#wholeGroup(call);
    if (group.length === 1 || this.#random() < 0.5) return group;
    const worker = this.workerOf[call];
    return group.filter((each) => this.workerOf[each] === worker);
  }

  /** The call, those that share a prefix with it or wait for one another, its row, or its operator. */
  #wholeGroup(call: number): Int32Array {
    const draw = this.#random();
    if (draw < 0.35) return Int32Array.of(call);
    if (draw < 0.48 && this.#chains.length > 1) return this.#chains[this.#chainOf[call]!]!;
    if (draw < 0.6 && this.#rows.length > 1) return this.#rows[this.#rowOf[call]!]!;
    if (draw < 0.7) return this.#operators[this.#operatorOf[call]!]!;
    const { partings, partingFrom, partingTo, byPrefix } = this.#graph;
    const from = partings.start[call]!;
    const levels = partings.start[call + 1]! - from;
    if (levels === 0) return Int32Array.of(call);
    const at = from + this.#below(levels);
    return byPrefix.subarray(partingFrom[at]!, partingTo[at]!);
  }

  /** Two calls take each other's priority and worker. */
  #exchange(call: number): boolean {
    const other = this.#movable[this.#below(this.#movable.length)]!;
    const [mine, theirs] = [this.priority[call]!, this.priority[other]!];
    const [here, there] = [this.workerOf[call]!, this.workerOf[other]!];
    const isFree = this.#isBound[call] === 0 && this.#isBound[other] === 0;
    const isSent = this.#random() < 0.5 && isFree;
    this.#put(call, theirs, isSent ? there : here);
    this.#put(other, mine, isSent ? here : there);
    return call !== other;
  }

  /** A group goes to another worker. */
  #send(group: Int32Array): boolean {
    const isLeast = this.#random() < 0.5;
    const worker = isLeast ? this.#extremes.first : this.#below(this.#workers);
    for (const call of group) {
      if (this.#isBound[call] === 1 || this.workerOf[call] === worker) continue;
      this.#put(call, this.priority[call]!, worker);
    }
    return this.changed.length > 0;
  }

  /** Two rows exchange the workers of their calls, or where there is one row, two calls do. */
  #exchangeRows(call: number): boolean {
    const other = this.#movable[this.#below(this.#movable.length)]!;
    const [a, b] = [this.workerOf[call]!, this.workerOf[other]!];
    if (a === b) return false;
    const one = this.#rows.length > 1 ? this.#rows[this.#rowOf[call]!]! : [call];
    const two = this.#rows.length > 1 ? this.#rows[this.#rowOf[other]!]! : [other];
    for (const [row, worker] of [[one, b] as const, [two, a] as const]) {
      for (const each of row) {
        if (this.#isBound[each] === 1) continue;
        if (this.workerOf[each] !== worker) this.#put(each, this.priority[each]!, worker);
      }
    }
    return this.changed.length > 0;
  }

  /** A group comes earlier or later, whole behind one another or each by as much. */
  #shift(group: Int32Array, call: number): boolean {
    const calls = this.priority.length;
    const by = (this.#random() < 0.5 ? -1 : 1) * calls ** this.#random();
    const together = this.#random() < 0.3;
    const at = this.priority[call]! + by;
    let rank = 0;
    for (const each of group) {
      if (this.#isPinned[each] === 1) continue;
      const target = together ? at + rank++ / (calls + 1) : this.priority[each]! + by;
      this.#put(each, Math.max(0, target), this.workerOf[each]!);
    }
    return this.changed.length > 0;
  }
}

/** Calls by a number of theirs: the groups in order of appearance, and the group of each. */
function grouped(numbers: readonly number[]): [Int32Array[], Int32Array] {
  const groups = new Map<number, number[]>();
  numbers.forEach((number, call) => {
    const group = groups.get(number);
    if (group) group.push(call);
    else groups.set(number, [call]);
  });
  const places = new Map([...groups.keys()].map((number, place) => [number, place]));
  const lists = [...groups.values()].map((group) => Int32Array.from(group));
  return [lists, Int32Array.from(numbers, (number) => places.get(number)!)];
}

function partingsOnce({ partings }: SearchGraph): number[] {
  const placeOf = new Map<number, number>();
  partings.items.forEach((node, at) => {
    if (!placeOf.has(node)) placeOf.set(node, at);
  });
  return [...placeOf.values()];
}

import type { Prng } from '@helium/shared';
import type { TimedSchedule } from './timed-schedule.ts';

/**
 * Proposes changes of a schedule: it writes the window of `schedule` and the new workers of calls, and
 * remembers what to take back. Which calls move is drawn: mostly such as lie on a longest way; where to is
 * drawn among places next to calls that share a prefix, places nearby, and any.
 */
export class MoveMaker {
  /** Workers whose sequence the proposed move changes. */
  readonly changed: number[] = [];
  readonly #schedule: TimedSchedule;
  readonly #random: Prng;
  readonly #block: number[] = [];
  readonly #moved: number[] = [];
  readonly #movedFrom: number[] = [];
  readonly #oldWindow: Int32Array;
  readonly #blockStamp: Int32Array;
  readonly #placeInWindow: Int32Array;
  #stamp = 0;
  readonly #windowMax: number;

  constructor(schedule: TimedSchedule, random: Prng, windowMax: number) {
    this.#schedule = schedule;
    this.#random = random;
    this.#windowMax = windowMax;
    this.#oldWindow = new Int32Array(schedule.order.length);
    this.#blockStamp = new Int32Array(schedule.order.length);
    this.#placeInWindow = new Int32Array(schedule.order.length);
  }

  /** Proposes a move; false where the draw gave none that is feasible. */
  propose(): boolean {
    const draw = this.#random();
    const call = this.#pickCall();
    if (draw < 0.15) return this.#proposeSwap(call);
    this.#pickBlock(call, this.#random());
    if (draw < 0.3) return this.#proposeBlockSwap();
    return this.#proposeInsertion();
  }

  /** Takes back a proposed move that was not committed. */
  reject(): void {
    const { workerOf } = this.#schedule;
    for (let i = this.#moved.length - 1; i >= 0; i--) {
      workerOf[this.#moved[i]!] = this.#movedFrom[i]!;
    }
  }

  /** Takes back a move that was committed just now. */
  undo(): void {
    const { window, windowLength } = this.#schedule;
    for (let i = 0; i < windowLength; i++) window[i] = this.#oldWindow[i]!;
    this.reject();
    this.#schedule.price(this.changed, Number.POSITIVE_INFINITY, 0);
    this.#schedule.commit(this.changed);
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  #pickCall(): number {
    const { makespan, completion, usage, tail, order, frozen } = this.#schedule;
    let call = 0;
    for (let tries = 0; tries < 4; tries++) {
      call = order[frozen + this.#below(order.length - frozen)]!;
      if (completion[call]! - usage[call]! + tail[call]! >= makespan) return call;
    }
    return call;
  }

  /** One call, or neighbours on its worker that share a prefix with it. */
  #pickBlock(call: number, draw: number): void {
    const block = this.#block;
    block.length = 0;
    block.push(call);
    if (draw < 0.5) return;
    const { before, after, position, frozen } = this.#schedule;
    const { partings } = this.#schedule.graph;
    const from = partings.start[call]!;
    const levels = partings.start[call + 1]! - from;
    const level = this.#below(levels + 1);
    const node = level < levels ? partings.items[from + level]! : -1;
    const belongs = (other: number) => {
      if (other < 0 || position[other]! < frozen) return false;
      if (node < 0) return true;
      const at = partings.start[other]! + level;
      return at < partings.start[other + 1]! && partings.items[at] === node;
    };
    const most = node < 0 ? 2 + this.#below(6) : 64;
    let first = call;
    if (draw < 0.8) {
      while (block.length < most && belongs(before[first]!)) {
        first = before[first]!;
        block.push(first);
      }
      block.reverse();
    }
    let last = call;
    if (draw < 0.65 || draw >= 0.8) {
      while (block.length < most && belongs(after[last]!)) {
        last = after[last]!;
        block.push(last);
      }
    }
  }

  #proposeInsertion(): boolean {
    const schedule = this.#schedule;
    const { order, position, workerOf } = schedule;
    const first = this.#block[0]!;
    const draw = this.#random();
    let place: number;
    let worker: number;
    if (draw < 0.5) {
      const near = this.#pickRelative(draw < 0.25 ? first : this.#block.at(-1)!);
      if (near < 0) return false;
      worker = workerOf[near]!;
      place = position[near]! + (draw < 0.25 || this.#random() < 0.2 ? 1 : 0);
    } else if (draw < 0.8) {
      worker = workerOf[first]!;
      place = this.#pickNearby();
    } else {
      worker = this.#below(schedule.graph.workers);
      const reach = Math.ceil(Math.min(this.#windowMax, order.length) ** this.#random());
      const from = position[first]! - reach;
      place = Math.max(0, Math.min(order.length, from + this.#below(2 * reach + 1)));
    }
    return this.#insert(Math.max(place, schedule.frozen), worker);
  }

  /** A call that shares a prefix with the one given. */
  #pickRelative(call: number): number {
    const { partings, partingFrom, partingTo, byPrefix } = this.#schedule.graph;
    const from = partings.start[call]!;
    const levels = partings.start[call + 1]! - from;
    if (levels === 0) return -1;
    const at = from + Math.floor(Math.sqrt(this.#random()) * levels);
    const begin = partingFrom[at]!;
    const count = partingTo[at]! - begin;
    const { position } = this.#schedule;
    let best = -1;
    for (let tries = 0; tries < 3; tries++) {
      const other = byPrefix[begin + this.#below(count)]!;
      if (this.#block.includes(other)) continue;
      const distance = Math.abs(position[other]! - position[call]!);
      if (distance <= this.#windowMax && (best < 0 || this.#random() < 0.5)) best = other;
    }
    return best;
  }

  /** A place a few calls off on the same worker. */
  #pickNearby(): number {
    const { before, after, position } = this.#schedule;
    let steps = 1;
    while (steps < 32 && this.#random() < 0.6) steps++;
    if (this.#random() < 0.5) {
      let call = this.#block[0]!;
      for (; steps > 0 && before[call]! >= 0; steps--) call = before[call]!;
      return position[call]!;
    }
    let call = this.#block.at(-1)!;
    for (; steps > 0 && after[call]! >= 0; steps--) call = after[call]!;
    return position[call]! + 1;
  }

  /** Proposes the block before the call at `place` of the order, on `worker`. */
  #insert(place: number, worker: number): boolean {
    const schedule = this.#schedule;
    const { order, position, workerOf, window } = schedule;
    const block = this.#block;
    const from = Math.min(place, position[block[0]!]!);
    const to = Math.max(place, position[block.at(-1)!]! + 1);
    if (to - from > this.#windowMax || to - from <= block.length) {
      if (to - from > this.#windowMax || workerOf[block[0]!] === worker) return false;
    }
    if (!this.#canMove(place)) return false;
    let length = 0;
    for (let i = from; i < to; i++) {
      if (i === place) for (const call of block) window[length++] = call;
      const call = order[i]!;
      this.#oldWindow[i - from] = call;
      if (this.#blockStamp[call] !== this.#stamp) window[length++] = call;
    }
    if (place === to) for (const call of block) window[length++] = call;
    this.#beginMove(from, to - from);
    const old = workerOf[block[0]!]!;
    this.changed.push(old);
    if (old === worker) return true;
    this.changed.push(worker);
    for (const call of block) this.#moveTo(call, worker);
    return true;
  }

  /** Whether no call of the block gets ahead of what it needs or behind what needs it. */
  #canMove(place: number): boolean {
    const { position, graph } = this.#schedule;
    const { deps, successors } = graph;
    const stamp = ++this.#stamp;
    for (const call of this.#block) this.#blockStamp[call] = stamp;
    for (const call of this.#block) {
      if (position[call]! >= place) {
        for (let k = deps.start[call]!; k < deps.start[call + 1]!; k++) {
          const dep = deps.items[k]!;
          if (position[dep]! >= place && this.#blockStamp[dep] !== stamp) return false;
        }
      } else {
        for (let k = successors.start[call]!; k < successors.start[call + 1]!; k++) {
          const next = successors.items[k]!;
          if (position[next]! < place && this.#blockStamp[next] !== stamp) return false;
        }
      }
    }
    return true;
  }

  /** Proposes that two calls change places, and workers. */
  #proposeSwap(call: number): boolean {
    const schedule = this.#schedule;
    const { order, position, workerOf, window } = schedule;
    this.#block.length = 0;
    this.#block.push(call);
    const reach = Math.ceil(Math.min(this.#windowMax, order.length) ** this.#random());
    const at = position[call]! + this.#below(2 * reach + 1) - reach;
    let other = order[Math.max(0, Math.min(order.length - 1, at))]!;
    if (this.#random() < 0.3) other = this.#pickRelative(call);
    if (other < 0 || other === call || position[other]! < schedule.frozen) return false;
    const [early, late] = position[call]! < position[other]! ? [call, other] : [other, call];
    const from = position[early]!;
    const to = position[late]!;
    if (to - from >= this.#windowMax || !this.#canSwap(early, late)) return false;
    for (let i = from; i <= to; i++) {
      window[i - from] = order[i]!;
      this.#oldWindow[i - from] = order[i]!;
    }
    window[0] = late;
    window[to - from] = early;
    this.#beginMove(from, to - from + 1);
    const a = workerOf[early]!;
    const b = workerOf[late]!;
    this.changed.push(a);
    if (a === b) return true;
    this.changed.push(b);
    this.#moveTo(early, b);
    this.#moveTo(late, a);
    return true;
  }

  /** Proposes that the block changes places, and workers, with one near another call. */
  #proposeBlockSwap(): boolean {
    const schedule = this.#schedule;
    const { order, position, workerOf, window } = schedule;
    const one = this.#block.slice();
    const reach = Math.ceil(Math.min(this.#windowMax, order.length) ** this.#random());
    const at = position[one[0]!]! + this.#below(2 * reach + 1) - reach;
    let pick = order[Math.max(0, Math.min(order.length - 1, at))]!;
    if (this.#random() < 0.5) pick = this.#pickRelative(one[0]!);
    if (pick < 0 || position[pick]! < schedule.frozen) return false;
    this.#pickBlock(pick, 0.5 + 0.5 * this.#random());
    const two = this.#block;
    if (one.includes(two[0]!) || one.includes(two.at(-1)!) || two.includes(one[0]!)) return false;
    const [early, late] = position[one[0]!]! < position[two[0]!]! ? [one, two] : [two, one];
    const from = position[early[0]!]!;
    const to = Math.max(position[early.at(-1)!]!, position[late.at(-1)!]!) + 1;
    if (to - from > this.#windowMax) return false;
    const stamp = ++this.#stamp;
    for (const call of one) this.#blockStamp[call] = stamp;
    for (const call of two) this.#blockStamp[call] = stamp;
    let length = 0;
    for (let i = from; i < to; i++) {
      const call = order[i]!;
      this.#oldWindow[i - from] = call;
      if (call === early[0]) for (const each of late) window[length++] = each;
      else if (call === late[0]) for (const each of early) window[length++] = each;
      else if (this.#blockStamp[call] !== stamp) window[length++] = call;
    }
    this.#beginMove(from, length);
    if (!this.#isTopological(one) || !this.#isTopological(two)) return false;
    const a = workerOf[one[0]!]!;
    const b = workerOf[two[0]!]!;
    this.changed.push(a);
    if (a === b) return true;
    this.changed.push(b);
    for (const call of one) this.#moveTo(call, b);
    for (const call of two) this.#moveTo(call, a);
    return true;
  }

  /** Whether the calls come after what they need and before what needs them in the window. */
  #isTopological(calls: readonly number[]): boolean {
    const { window, windowFrom, windowLength, position, graph } = this.#schedule;
    const place = this.#placeInWindow;
    for (let i = 0; i < windowLength; i++) place[window[i]!] = i;
    const isInside = (call: number) =>
      position[call]! >= windowFrom && position[call]! < windowFrom + windowLength;
    for (const call of calls) {
      for (let k = graph.deps.start[call]!; k < graph.deps.start[call + 1]!; k++) {
        const dep = graph.deps.items[k]!;
        if (isInside(dep) && place[dep]! > place[call]!) return false;
      }
      for (let k = graph.successors.start[call]!; k < graph.successors.start[call + 1]!; k++) {
        const next = graph.successors.items[k]!;
        if (isInside(next) && place[next]! < place[call]!) return false;
      }
    }
    return true;
  }

  #canSwap(early: number, late: number): boolean {
    const { position, graph } = this.#schedule;
    const { deps, successors } = graph;
    for (let k = deps.start[late]!; k < deps.start[late + 1]!; k++) {
      if (position[deps.items[k]!]! >= position[early]!) return false;
    }
    for (let k = successors.start[early]!; k < successors.start[early + 1]!; k++) {
      if (position[successors.items[k]!]! <= position[late]!) return false;
    }
    return true;
  }

  #beginMove(from: number, length: number): void {
    this.#schedule.windowFrom = from;
    this.#schedule.windowLength = length;
    this.changed.length = 0;
    this.#moved.length = 0;
    this.#movedFrom.length = 0;
  }

  #moveTo(call: number, worker: number): void {
    this.#moved.push(call);
    this.#movedFrom.push(this.#schedule.workerOf[call]!);
    this.#schedule.workerOf[call] = worker;
  }
}

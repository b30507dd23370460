import type { Schedule } from '../instance.ts';
import type { InstanceIndex } from '../instance-index.ts';
import { levels } from '../order.ts';
import { createPolicy } from '../policy.ts';

/**
 * Parrot's scheduling of requests that are all submitted up front (Lin et al., OSDI 2024, section 5.4,
 * algorithm 1). The queue is in topological order. A request is scheduled with those that wait beside it
 * for a common consumer (its task group), or else with those that begin with the same text. A group goes
 * whole to one engine where its tokens fit, else request by request; to an engine that holds the prefix
 * before others, and of these to the one with most room. Requests that no engine has room for wait for
 * the next round. Offline, a round is what a step of the graph holds, and ends with everything finished.
 */
export const parrot = createPolicy(
  'parrot',
  'Task groups and shared prefixes stay together (Parrot, OSDI 2024, 5.4, algorithm 1).',
  parrotSchedule,
);

/** The rounds of one batch. */
export function parrotSchedule(index: InstanceIndex): Schedule {
  return new ParrotRun(index).schedule();
}

class ParrotRun {
  readonly #index: InstanceIndex;
  readonly #sequences: number[][];
  /** First prompt items that a worker has seen. */
  readonly #prefixes: Set<number>[];
  readonly #room: Float64Array;

  constructor(index: InstanceIndex) {
    const { workers } = index.instance;
    this.#index = index;
    this.#sequences = Array.from({ length: workers }, () => []);
    this.#prefixes = Array.from({ length: workers }, () => new Set());
    this.#room = new Float64Array(workers);
  }

  schedule(): Schedule {
    const step = levels(this.#index);
    const steps = Map.groupBy(step.keys(), (call) => step[call]!);
    for (const number of [...steps.keys()].sort((a, b) => a - b)) {
      let queue = steps.get(number)!;
      while (queue.length > 0) queue = this.#round(queue);
    }
    return { workers: this.#sequences };
  }

  /** Sends what there is room for; returns the rest. A call that never fits goes to an empty worker. */
  #round(queue: readonly number[]): number[] {
    this.#room.fill(this.#index.instance.kvCapacity);
    const waiting: number[] = [];
    let sent = 0;
    for (const group of this.#groups(queue)) {
      if (this.#send(group)) sent += group.length;
      else {
        for (const call of group) {
          if (this.#send([call])) sent++;
          else waiting.push(call);
        }
      }
    }
    if (sent === 0) this.#append(0, waiting.shift()!);
    return waiting;
  }

  /** Task groups first, then calls that begin alike, in the order of the queue. */
  #groups(queue: readonly number[]): Iterable<number[]> {
    const { successors, instance } = this.#index;
    const peers = new Map<number, number>();
    for (const call of queue) {
      const consumer = successors[call]![0];
      if (consumer !== undefined) peers.set(consumer, (peers.get(consumer) ?? 0) + 1);
    }
    return Map.groupBy(queue, (call) => {
      const consumer = successors[call]![0];
      const isGang = consumer !== undefined && peers.get(consumer)! > 1;
      return isGang ? `consumer ${consumer}` : `prefix ${instance.calls[call]!.prompt[0]}`;
    }).values();
  }

  #send(calls: readonly number[]): boolean {
    const { promptTokens, out, instance } = this.#index;
    const tokens = calls.reduce((sum, call) => sum + promptTokens[call]! + out[call]!, 0);
    const prefix = instance.calls[calls[0]!]!.prompt[0]!;
    let best = -1;
    for (let worker = 0; worker < this.#room.length; worker++) {
      if (this.#room[worker]! < tokens) continue;
      if (best < 0 || this.#precedes(worker, best, prefix)) best = worker;
    }
    if (best < 0) return false;
    for (const call of calls) this.#append(best, call);
    return true;
  }

  #precedes(a: number, b: number, prefix: number): boolean {
    const left = this.#prefixes[a]!.has(prefix);
    const right = this.#prefixes[b]!.has(prefix);
    return left === right ? this.#room[a]! > this.#room[b]! : left;
  }

  #append(worker: number, call: number): void {
    const { promptTokens, out, instance } = this.#index;
    this.#sequences[worker]!.push(call);
    this.#prefixes[worker]!.add(instance.calls[call]!.prompt[0]!);
    this.#room[worker]! -= promptTokens[call]! + out[call]!;
  }
}

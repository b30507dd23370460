import type { StepTiming } from './instance.ts';
import type { InstanceIndex } from './instance-index.ts';
import { levels } from './order.ts';
import { prefixOrder } from './prefix-order.ts';

export interface GroupPlacementOptions {
  readonly timing: StepTiming;
  /** Groups that a worker gets at least, of those that may be parted. */
  readonly parts: number;
  /** What computing a prefix once more counts, in its time. */
  readonly lambda: number;
}

/** Calls that begin alike, and stay together. */
interface PrefixGroup {
  /** Of the trie: calls below it are the group's; what is above it, others share. */
  readonly node: number;
  readonly calls: Int32Array;
  readonly seconds: number;
}

/**
 * Per call its worker on batching engines: calls with a long common prefix stay together, rows do not. Whole
 * subtrees of the prefix trie, cut where they are more than a part of a worker's share, go to workers, greatest
 * first, each to where it ends first, a prefix that is not there yet counting `lambda` times. So batches of few rows
 * are shared out evenly and still reuse what whole rows do. O(trie nodes + groups × workers × depth).
 */
export function prefixGroupPlacement(
  index: InstanceIndex,
  options: GroupPlacementOptions,
): Int32Array {
  const { workers } = index.instance;
  const workerOf = new Int32Array(index.callCount);
  if (workers === 1) return workerOf;
  const loads = Array.from({ length: workers }, () => new WorkerLoad(index, options));
  const groups = prefixGroups(index, options);
  groups.sort((a, b) => b.seconds - a.seconds || a.calls[0]! - b.calls[0]!);
  for (const group of groups) {
    const after = loads.map((load) => load.after(group));
    const worker = after.indexOf(Math.min(...after));
    loads[worker]!.take(group);
    for (const call of group.calls) workerOf[call] = worker;
  }
  return workerOf;
}

class WorkerLoad {
  #seconds = 0;
  readonly #index: InstanceIndex;
  readonly #options: GroupPlacementOptions;
  readonly #resident = new Set<number>();

  constructor(index: InstanceIndex, options: GroupPlacementOptions) {
    this.#index = index;
    this.#options = options;
  }

  /** When the worker would end, the prefixes that the group lacks here counting `lambda` times. */
  after(group: PrefixGroup): number {
    return this.#seconds + group.seconds + this.#options.lambda * this.#missing(group);
  }

  take(group: PrefixGroup): void {
    const { parent } = this.#index.trie;
    this.#seconds += group.seconds + this.#missing(group);
    for (let node = parent[group.node]!; node > 0; node = parent[node]!) this.#resident.add(node);
  }

  #missing({ node: of }: PrefixGroup): number {
    const { parent, tokens } = this.#index.trie;
    let missing = 0;
    for (let node = parent[of]!; node > 0; node = parent[node]!) {
      if (this.#resident.has(node)) break;
      missing += tokens[node]!;
    }
    return missing * this.#options.timing.perPrefillToken;
  }
}

/** The greatest subtrees that are no more than a part of a worker's share. */
function prefixGroups(index: InstanceIndex, { timing, parts }: GroupPlacementOptions) {
  const { trie, instance } = index;
  const { parent, promptEnd } = trie;
  const own = callSeconds(index, timing);
  const below = subtreeSeconds(index, own, timing);
  const most = below[0]! / instance.workers / parts;
  const { order, from, to } = prefixOrder(trie);
  const groups: PrefixGroup[] = [];
  for (let node = 1; node < trie.nodeCount; node++) {
    const isPart = below[node]! <= most;
    const isUpperPart = parent[node]! > 0 && below[parent[node]!]! <= most;
    if (!isPart || isUpperPart || trie.callsBelow[node] === 0) continue;
    const calls = order.subarray(from[node]!, to[node]!);
    groups.push({ node, calls, seconds: below[node]! });
  }
  promptEnd.forEach((node, call) => {
    if (below[node]! <= most) return;
    groups.push({ node, calls: Int32Array.of(call), seconds: own[call]! });
  });
  return groups;
}

/** What each call's tokens take beside others, its prompt left out. */
function callSeconds(index: InstanceIndex, timing: StepTiming): Float64Array {
  const { instance, out, promptTokens, callCount } = index;
  const depth = levels(index).reduce((deepest, level) => Math.max(deepest, level), 0) + 1;
  const tokens = out.reduce((sum, ℓ, call) => sum + ℓ + promptTokens[call]! / 2, 0) / callCount;
  const atOnce = Math.min(
    instance.maxSeqs,
    callCount / instance.workers / depth,
    instance.kvCapacity / tokens,
  );
  const perToken = timing.base / Math.max(1, atOnce) + timing.perCall;
  return Float64Array.from(
    out,
    (ℓ, call) => ℓ * (perToken + timing.perContextToken * (promptTokens[call]! + ℓ / 2)),
  );
}

/** Per node of the trie what the calls below it take, each prefix computed once. */
function subtreeSeconds(
  { trie }: InstanceIndex,
  own: Float64Array,
  { perPrefillToken }: StepTiming,
): Float64Array {
  const { parent, tokens, callsBelow, promptEnd, outputEnd, nodeCount } = trie;
  const isOutput = new Uint8Array(nodeCount);
  for (const node of outputEnd) isOutput[node] = 1;
  const below = new Float64Array(nodeCount);
  promptEnd.forEach((node, call) => {
    below[node]! += own[call]!;
  });
  for (let node = nodeCount - 1; node > 0; node--) {
    // An answer that a prompt goes on from is resident where it was made.
    if (callsBelow[node]! > 0 && isOutput[node] === 0)
      below[node]! += perPrefillToken * tokens[node]!;
    below[parent[node]!]! += below[node]!;
  }
  return below;
}

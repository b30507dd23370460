import type { ClusterState, StepTiming } from '../instance.ts';
import type { InstanceIndex } from '../instance-index.ts';
import type { SimWorkerOptions } from './sim-worker.ts';

/** A cluster's state as simulated workers begin with it. */
export interface BegunWorkers {
  /** By call: output tokens that are there already; its prompt is computed then. */
  readonly generated: Int32Array;
  /** By worker: nodes of the prefix trie that are resident, parents first. */
  readonly preloaded: readonly (readonly number[])[];
  /** By worker. */
  readonly slowness: readonly number[];
}

/** O(items of the resident prompts). Parts of items that are resident are left out. */
export function beginWorkers(index: InstanceIndex, state: ClusterState): BegunWorkers {
  const { trie, out, instance } = index;
  const generated = new Int32Array(index.callCount);
  for (const { call, tokens } of state.generated) {
    generated[call] = Math.max(0, Math.min(Math.floor(tokens), out[call]! - 1));
  }
  const preloaded = Array.from({ length: instance.workers }, () => new Set<number>());
  for (const { worker, call, tokens } of state.resident) {
    for (const node of trie.paths[call]!) {
      if (trie.depth[node]! > tokens) break;
      preloaded[worker]!.add(node);
    }
  }
  const { slowness } = state;
  return { generated, preloaded: preloaded.map((nodes) => [...nodes]), slowness };
}

/** A worker's options as it goes on from what has begun. */
export function workerOptions(
  worker: number,
  options: SimWorkerOptions,
  begun: BegunWorkers | undefined,
): SimWorkerOptions {
  if (begun === undefined) return options;
  const { generated, preloaded, slowness } = begun;
  const cache = { ...options.cache, preloaded: preloaded[worker] ?? [] };
  return { ...options, timing: slowed(options.timing, slowness[worker]), generated, cache };
}

export function slowed(timing: StepTiming, slowness = 1): StepTiming {
  if (slowness === 1) return timing;
  return {
    base: timing.base * slowness,
    perPrefillToken: timing.perPrefillToken * slowness,
    perCall: timing.perCall * slowness,
    perContextToken: timing.perContextToken * slowness,
  };
}

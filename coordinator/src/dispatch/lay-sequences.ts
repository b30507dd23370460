import type { WorkerId } from '@helium/shared';
import type { Place, StaticPrefix, WorkerSequence } from './core/core-event.ts';

/** What sequences that were planned for workers as if they were idle are laid on. */
export interface Ground {
  /** Token time expected of what the worker has and is to have, at its speed. */
  readonly loadOf: (worker: WorkerId) => number;
  /** Token time of a call at that worker, prefixes that others share left out. */
  readonly workOf: (worker: WorkerId, place: Place) => number;
  /** Whether the prefix is resident there, or will be. */
  readonly knows: (worker: WorkerId, prefix: StaticPrefix) => boolean;
}

/**
 * Lays sequences on workers: the one with most work first, each where it would end first, the prefixes
 * that are missing there counted. Workers of a pool are alike, so a plan holds whichever gets which;
 * several may come to one where the others are busy for longer. Σ sequences × workers × prefixes.
 */
export function laySequences(
  sequences: readonly WorkerSequence[],
  ground: Ground,
): WorkerSequence[] {
  const workers = sequences.map(({ worker }) => worker);
  const load = new Map(workers.map((worker) => [worker, ground.loadOf(worker)]));
  const laid = new Map<WorkerId, WorkerSequence>();
  const known = new Map<WorkerId, Set<StaticPrefix>>();
  for (const sequence of byWork(sequences, ground)) {
    let best: { readonly worker: WorkerId; readonly end: number } | undefined;
    for (const worker of workers) {
      const missing = missingTokens(sequence, (prefix) =>
        known.get(worker)?.has(prefix) ? true : ground.knows(worker, prefix),
      );
      const own = sequence.places.reduce((sum, place) => sum + ground.workOf(worker, place), 0);
      const end = (load.get(worker) ?? 0) + own + missing;
      if (best === undefined || end < best.end) best = { worker, end };
    }
    if (best === undefined) continue;
    const { worker } = best;
    load.set(worker, best.end);
    const there = laid.get(worker)?.places ?? [];
    laid.set(worker, { ...sequence, worker, places: joinedPlaces(there, sequence.places) });
    const prefixes = sequence.places.flatMap((place) => place.prefixes);
    known.set(worker, new Set([...(known.get(worker) ?? []), ...prefixes]));
  }
  return [...laid.values()];
}

function byWork(sequences: readonly WorkerSequence[], { workOf }: Ground): WorkerSequence[] {
  return sequences
    .filter(({ places }) => places.length > 0)
    .map((sequence) => ({
      sequence,
      work: sequence.places.reduce((sum, place) => sum + workOf(sequence.worker, place), 0),
    }))
    .sort((a, b) => b.work - a.work)
    .map(({ sequence }) => sequence);
}

/** The places behind those that are there, their groups after those. */
export function joinedPlaces(there: readonly Place[], places: readonly Place[]): readonly Place[] {
  const last = there.at(-1);
  if (last === undefined) return places;
  return [...there, ...places.map((place) => ({ ...place, group: place.group + last.group + 1 }))];
}

/** Of each chain of prefixes only what is longer than the longest that is known. */
function missingTokens(
  { places }: WorkerSequence,
  knows: (prefix: StaticPrefix) => boolean,
): number {
  const counted = new Set<StaticPrefix>();
  let missing = 0;
  for (const { prefixes } of places) {
    let shorter = 0;
    for (const prefix of prefixes) {
      if (!counted.has(prefix)) {
        counted.add(prefix);
        if (!knows(prefix)) missing += prefix.tokens.length - shorter;
      }
      shorter = prefix.tokens.length;
    }
  }
  return missing;
}

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
 * several may come to one where the others are busy for longer. O(calls + sequences · workers ·
 * distinct prefixes of a sequence).
 */
export function laySequences(
  sequences: readonly WorkerSequence[],
  ground: Ground,
): WorkerSequence[] {
  const workers = sequences.map(({ worker }) => worker);
  const load = new Map(workers.map((worker) => [worker, ground.loadOf(worker)]));
  const laid = new Map<WorkerId, WorkerSequence>();
  const known = new Map(workers.map((worker) => [worker, new Set<StaticPrefix>()]));
  for (const { sequence, work, prefixes } of measured(sequences, ground)) {
    let best: { readonly worker: WorkerId; readonly end: number } | undefined;
    for (const worker of workers) {
      const end = (load.get(worker) ?? 0) + work;
      if (best !== undefined && end >= best.end) continue;
      const isKnown = (prefix: StaticPrefix) =>
        known.get(worker)?.has(prefix) === true || ground.knows(worker, prefix);
      const missing = prefixes.reduce(
        (sum, { prefix, tokens }) => sum + (isKnown(prefix) ? 0 : tokens),
        0,
      );
      if (best === undefined || end + missing < best.end) best = { worker, end: end + missing };
    }
    if (best === undefined) continue;
    const { worker } = best;
    load.set(worker, best.end);
    const there = laid.get(worker)?.places ?? [];
    laid.set(worker, { ...sequence, worker, places: joinedPlaces(there, sequence.places) });
    for (const { prefix } of prefixes) known.get(worker)?.add(prefix);
  }
  return [...laid.values()];
}

interface Measured {
  readonly sequence: WorkerSequence;
  readonly work: number;
  readonly prefixes: readonly LongerPrefix[];
}

/** A prefix, and its tokens behind the next shorter one. */
interface LongerPrefix {
  readonly prefix: StaticPrefix;
  readonly tokens: number;
}

/** Most work first; those of nothing left out. */
function measured(sequences: readonly WorkerSequence[], { workOf }: Ground): Measured[] {
  return sequences
    .filter(({ places }) => places.length > 0)
    .map((sequence) => ({
      sequence,
      work: sequence.places.reduce((sum, place) => sum + workOf(sequence.worker, place), 0),
      prefixes: distinctPrefixes(sequence),
    }))
    .sort((a, b) => b.work - a.work);
}

/** The places behind those that are there, their groups after those. */
export function joinedPlaces(there: readonly Place[], places: readonly Place[]): readonly Place[] {
  const last = there.at(-1);
  if (last === undefined) return places;
  return [...there, ...places.map((place) => ({ ...place, group: place.group + last.group + 1 }))];
}

function distinctPrefixes({ places }: WorkerSequence): LongerPrefix[] {
  const distinct = new Map<StaticPrefix, number>();
  for (const { prefixes } of places) {
    let shorter = 0;
    for (const prefix of prefixes) {
      if (!distinct.has(prefix)) distinct.set(prefix, prefix.tokens.length - shorter);
      shorter = prefix.tokens.length;
    }
  }
  return [...distinct].map(([prefix, tokens]) => ({ prefix, tokens }));
}

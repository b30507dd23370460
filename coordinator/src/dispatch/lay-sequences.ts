import type { WorkerId } from '@helium/shared';
import type { Place, StaticPrefix, WorkerSequence } from './core/core-event.ts';
import type { PlanningView } from './core/planning-view.ts';

/** What sequences that were planned for workers as if they were idle are laid on. */
export interface Ground {
  /** Token time expected of what the worker has and is to have, at its speed. */
  readonly loadOf: (worker: WorkerId) => number;
  /** Token time of a call at that worker, prefixes that others share left out. */
  readonly workOf: (worker: WorkerId, place: Place) => number;
  /** Whether the prefix is resident there, or will be. */
  readonly knows: (worker: WorkerId, prefix: StaticPrefix) => boolean;
}

/** The workers as they are now, each looked at once: they may be gone a turn later. */
export function groundOf(
  workers: Iterable<WorkerId>,
  planning: PlanningView,
  { loadOf, knows }: Pick<Ground, 'loadOf' | 'knows'>,
): Ground {
  const works = new Map<WorkerId, (place: Place) => number>();
  const loads = new Map<WorkerId, number>();
  for (const worker of workers) {
    if (works.has(worker)) continue;
    works.set(worker, planning.workAt(worker));
    loads.set(worker, loadOf(worker));
  }
  return {
    loadOf: (worker) => loads.get(worker) ?? 0,
    workOf: (worker, place) => works.get(worker)?.(place) ?? 0,
    knows,
  };
}

/**
 * Lays sequences on workers: the one with most work first, each where it would end first, the prefixes
 * that are missing there counted. Workers of a pool are alike, so a plan holds whichever gets which;
 * several may come to one where the others are busy for longer. Prefixes are those of one tree: each
 * has one next shorter one, and who knows it knows that one too. O(calls + sequences · workers +
 * workers asked for a prefix); a worker is asked once for a prefix, only where it knows the next shorter
 * one, and only while it could end before the best so far: with new prefixes few are.
 */
export function laySequences(
  sequences: readonly WorkerSequence[],
  ground: Ground,
): WorkerSequence[] {
  // One worker may have several.
  const workers = [...new Set(sequences.map(({ worker }) => worker))];
  const loads = workers.map(ground.loadOf);
  // Those that are free first are asked first: most of the others cannot be better then.
  const byEnd = (a: number, b: number): number => loads[a]! - loads[b]! || a - b;
  const byLoad = [...workers.keys()].sort(byEnd);
  const laid = new Map<WorkerId, WorkerSequence>();
  const knownAt = new Map<StaticPrefix, Int8Array>();
  const stateOf = (prefix: StaticPrefix) => {
    const known = knownAt.get(prefix) ?? new Int8Array(workers.length);
    knownAt.set(prefix, known);
    return known;
  };
  for (const { sequence, work, prefixes } of measured(sequences, ground)) {
    const missing = prefixes.map(({ prefix, shorter, tokens }) => ({
      prefix,
      tokens,
      before: shorter && stateOf(shorter),
      known: stateOf(prefix),
    }));
    const knows = ({ prefix, before, known }: (typeof missing)[number], at: number) => {
      if (known[at] === UNASKED) {
        const isKnown = before?.[at] !== ABSENT && ground.knows(workers[at] as WorkerId, prefix);
        known[at] = isKnown ? KNOWN : ABSENT;
      }
      return known[at] === KNOWN;
    };
    let best = -1;
    let bestEnd = Number.POSITIVE_INFINITY;
    for (const at of byLoad) {
      let end = loads[at]! + work;
      if (end > bestEnd) break;
      for (const prefix of missing) {
        if (end > bestEnd) break;
        if (!knows(prefix, at)) end += prefix.tokens;
      }
      if (end < bestEnd || (end === bestEnd && at < best)) [best, bestEnd] = [at, end];
    }
    const worker = workers[best];
    if (worker === undefined) continue;
    loads[best] = bestEnd;
    byLoad.splice(byLoad.indexOf(best), 1);
    const behind = byLoad.findIndex((other) => byEnd(best, other) < 0);
    byLoad.splice(behind < 0 ? byLoad.length : behind, 0, best);
    const there = laid.get(worker)?.places ?? [];
    laid.set(worker, { ...sequence, worker, places: joinedPlaces(there, sequence.places) });
    for (const { known } of missing) known[best] = KNOWN;
  }
  return [...laid.values()];
}

/** What is known of a prefix at a worker. */
const [UNASKED, ABSENT, KNOWN] = [0, 1, 2];

interface Measured {
  readonly sequence: WorkerSequence;
  readonly work: number;
  readonly prefixes: readonly LongerPrefix[];
}

/** A prefix, and its tokens behind the next shorter one. */
interface LongerPrefix {
  readonly prefix: StaticPrefix;
  readonly shorter: StaticPrefix | undefined;
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
  const distinct = new Map<StaticPrefix, LongerPrefix>();
  for (const { prefixes } of places) {
    let shorter: StaticPrefix | undefined;
    for (const prefix of prefixes) {
      if (!distinct.has(prefix)) {
        const tokens = prefix.tokens.length - (shorter?.tokens.length ?? 0);
        distinct.set(prefix, { prefix, shorter, tokens });
      }
      shorter = prefix;
    }
  }
  return [...distinct.values()];
}

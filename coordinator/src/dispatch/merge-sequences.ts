import type { WorkerId } from '@helium/shared';
import type { Place, WorkerSequence } from './core/core-event.ts';
import { type Ground, joinedPlaces, laySequences } from './lay-sequences.ts';

/**
 * One schedule of those of several tenants, each planned as if it had the workers to itself, which share
 * no prefix and wait for nothing of one another: laid one after the other, most work first, where they
 * end first, and on each worker mixed evenly from beginning to end. So every tenant has work everywhere,
 * and it is dispatch that decides whose turn it is.
 */
export function mergeSequences(
  tenants: readonly (readonly WorkerSequence[])[],
  ground: Ground,
): WorkerSequence[] {
  const loads = new Map<WorkerId, number>();
  const merged = new Map<WorkerId, WorkerSequence[]>();
  const workOf = (sequences: readonly WorkerSequence[]) =>
    sequences.reduce((sum, sequence) => sum + sequenceWork(sequence, ground), 0);
  const sorted = tenants
    .map((sequences) => ({ sequences, work: workOf(sequences) }))
    .sort((a, b) => b.work - a.work);
  for (const { sequences } of sorted) {
    const loadOf = (worker: WorkerId) => ground.loadOf(worker) + (loads.get(worker) ?? 0);
    for (const laid of laySequences(sequences, { ...ground, loadOf })) {
      const { worker } = laid;
      loads.set(worker, (loads.get(worker) ?? 0) + sequenceWork(laid, ground));
      merged.set(worker, [...(merged.get(worker) ?? []), laid]);
    }
  }
  return [...merged.values()].map(mixed);
}

function sequenceWork({ worker, places }: WorkerSequence, { workOf }: Ground): number {
  return places.reduce((sum, place) => sum + workOf(worker, place), 0);
}

/** A strict sequence stays in one piece, those of other tenants before or behind it. */
function mixed(sequences: readonly WorkerSequence[]): WorkerSequence {
  const [first] = sequences as readonly [WorkerSequence];
  const isStrict = sequences.some(({ execution }) => execution?.ordered || execution?.barrier);
  const places = isStrict
    ? sequences.reduce<readonly Place[]>((all, { places }) => joinedPlaces(all, places), [])
    : sequences
        .flatMap(({ places }) => places.map((place, i) => ({ place, at: i / places.length })))
        .sort((a, b) => a.at - b.at)
        .map(({ place }) => place);
  return { ...first, places };
}

import type { WorkerId } from '@helium/shared';
import type { NodeRef, Place, WorkerSequence } from './core/core-event.ts';
import type { Portions } from './portions.ts';

/** What is known of the rows of a schedule that replaces another. */
export interface Rows {
  /** Which row a call is of. */
  readonly rowOf: (call: NodeRef) => number;
  /** Where the call had its place, for rows of which something has begun. */
  readonly anchorOf: (call: NodeRef) => WorkerId | undefined;
  /** Token time until the worker is through with what it has. */
  readonly loadOf: (worker: WorkerId) => number;
  readonly workOf: (worker: WorkerId, place: Place) => number;
}

/** Rows per worker from which on rows that have begun stay where they are. */
const ROWS_PER_WORKER_MIN = 2;

/** Difference of loads, as a share of their mean, that is not worth a move. */
const UNEVEN_SHARE = 0.02;

/** A place and when its turn comes: from 0 to 1. */
interface Timed {
  readonly place: Place;
  readonly at: number;
}

/**
 * Puts calls of rows that have begun back to the workers where they had their places, those without a
 * place to the rest of their row, each when its turn would have come: planners know nothing of what is
 * resident, and a row that was spread over workers, to fill what they had room for, would be too much for
 * any one of them. Rows that have not begun then even the loads out. Schedules of few rows per worker, and
 * strict ones, stay as planned. O(calls · log).
 */
export function* keepRows(
  sequences: readonly WorkerSequence[],
  rows: Rows,
): Portions<WorkerSequence[]> {
  const byRow: { readonly worker: WorkerId; readonly own: ReadonlyMap<number, Timed[]> }[] = [];
  for (const { worker, places } of sequences) {
    const timed = places.map((place, i) => ({ place, at: i / places.length }));
    byRow.push({ worker, own: Map.groupBy(timed, ({ place }) => rows.rowOf(place)) });
    yield places.length;
  }
  const distinct = new Set(byRow.flatMap(({ own }) => [...own.keys()])).size;
  const isStrict = sequences.some(({ execution }) => execution?.ordered || execution?.barrier);
  if (isStrict || distinct < ROWS_PER_WORKER_MIN * sequences.length) return [...sequences];
  const kept = new Map<WorkerId, Timed[]>(sequences.map(({ worker }) => [worker, []]));
  const free = new Map<WorkerId, Map<number, Timed[]>>();
  for (const { worker, own } of byRow) {
    for (const [row, calls] of own) {
      const anchors = calls.map(({ place }) => {
        const anchor = rows.anchorOf(place);
        return anchor !== undefined && kept.has(anchor) ? anchor : undefined;
      });
      const first = anchors.find((anchor) => anchor !== undefined);
      if (first === undefined) free.set(worker, (free.get(worker) ?? new Map()).set(row, calls));
      else calls.forEach((call, i) => void kept.get(anchors[i] ?? first)?.push(call));
    }
    yield [...own.values()].reduce((sum, calls) => sum + calls.length, 0);
  }
  yield* evenOut(kept, free, rows);
  const made: WorkerSequence[] = [];
  for (const sequence of sequences) {
    const { worker } = sequence;
    const calls = [...(kept.get(worker) ?? []), ...(free.get(worker)?.values() ?? [])].flat();
    const places = calls.sort((a, b) => a.at - b.at).map(({ place }) => place);
    made.push({ ...sequence, places });
    yield places.length;
  }
  return made;
}

/** Moves whole rows from the worker with most to the one with least, while that helps. */
function* evenOut(
  kept: ReadonlyMap<WorkerId, readonly Timed[]>,
  free: Map<WorkerId, Map<number, Timed[]>>,
  { loadOf, workOf }: Rows,
): Portions<void> {
  const workAt = (worker: WorkerId, calls: readonly Timed[]) =>
    calls.reduce((sum, { place }) => sum + workOf(worker, place), 0);
  const loads = new Map<WorkerId, number>();
  for (const [worker, calls] of kept) {
    const own = [...(free.get(worker)?.values() ?? [])].flat();
    loads.set(worker, loadOf(worker) + workAt(worker, calls) + workAt(worker, own));
    yield calls.length + own.length;
  }
  const mean = [...loads.values()].reduce((sum, load) => sum + load, 0) / loads.size;
  const movesMax = [...free.values()].reduce((sum, own) => sum + own.size, 0);
  for (let moves = 0; moves < movesMax; moves++) {
    const sorted = [...loads].sort((a, b) => b[1] - a[1]);
    const [to, least] = sorted.at(-1) ?? [];
    const from = sorted.find(([worker]) => (free.get(worker)?.size ?? 0) > 0)?.[0];
    const most = from === undefined ? 0 : (loads.get(from) ?? 0);
    if (from === undefined || to === undefined || least === undefined) return;
    if (most - least < UNEVEN_SHARE * mean) return;
    const rows = [...(free.get(from) ?? [])].map(([row, calls]) => ({
      row,
      calls,
      work: workAt(to, calls),
    }));
    const fitting = rows.filter(({ work }) => work < most - least);
    const best = fitting.reduce<(typeof rows)[number] | undefined>(
      (a, b) => (a !== undefined && a.work >= b.work ? a : b),
      undefined,
    );
    if (best === undefined) return;
    free.get(from)?.delete(best.row);
    free.set(to, (free.get(to) ?? new Map()).set(best.row, best.calls));
    loads.set(from, most - workAt(from, best.calls));
    loads.set(to, least + best.work);
  }
}

import type { Place, WorkerSequence } from './core/core-event.ts';
import type { Ground } from './lay-sequences.ts';

/** Sequences of so many even shares stay whole: a row's calls are better together than exactly even. */
const SHARES_WHOLE = 2;

/**
 * Sequences that were planned for idle workers, fit for busy ones. An idle worker takes many calls at once that wait
 * for each other anyway, so a plan may give one of them most of the work; where every worker has more to do than
 * an even share of the new work, what one gets beyond its share comes on top of that. There, long
 * sequences are cut into pieces of about a share, to be laid each for itself; strict ones are not. O(places).
 */
export function cutForBusy(
  sequences: readonly WorkerSequence[],
  { loadOf, workOf }: Ground,
): readonly WorkerSequence[] {
  const works = sequences.map(({ worker, places }) => places.map((place) => workOf(worker, place)));
  const share = sum(works.map(sum)) / sequences.length;
  const isBusy = sequences.every(({ worker }) => loadOf(worker) > share);
  if (!isBusy) return sequences;
  return sequences.flatMap((sequence, i) => {
    const { execution, places } = sequence;
    const isStrict = execution?.ordered === true || execution?.barrier === true;
    if (isStrict || sum(works[i]!) <= SHARES_WHOLE * share) return [sequence];
    return pieces(places, works[i]!, share).map((cut) => ({ ...sequence, places: cut }));
  });
}

/** In their order; each piece ends with the place that fills its share. */
function pieces(places: readonly Place[], works: readonly number[], share: number): Place[][] {
  const cut: Place[][] = [];
  let room = 0;
  places.forEach((place, i) => {
    if (room <= 0) {
      cut.push([]);
      room = share;
    }
    cut.at(-1)!.push(place);
    room -= works[i]!;
  });
  return cut;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

import type { WorkerSequence } from './core/core-event.ts';

/** Places put into force in one turn of the event loop: some 10 ms. */
const PLACES_PER_PART = 1000;

/**
 * A schedule in parts of `placesMax` places at most, every sequence in them, long ones in pieces. One part
 * at least. Strict sequences are not taken apart, for what may start next depends on all that is before
 * it: a schedule that has one is one part.
 */
export function scheduleParts(
  workers: readonly WorkerSequence[],
  placesMax: number = PLACES_PER_PART,
): WorkerSequence[][] {
  if (workers.some(({ execution }) => execution?.ordered || execution?.barrier)) {
    return [[...workers]];
  }
  let part: WorkerSequence[] = [];
  const parts = [part];
  let room = placesMax;
  for (const sequence of workers) {
    let from = 0;
    do {
      if (room === 0 && from < sequence.places.length) {
        part = [];
        parts.push(part);
        room = placesMax;
      }
      const places = sequence.places.slice(from, from + room);
      part.push({ ...sequence, places });
      from += places.length;
      room -= places.length;
    } while (from < sequence.places.length);
  }
  return parts;
}

import type { InstanceIndex } from './instance-index.ts';

/**
 * Per call its worker when the batch's queries are cut into contiguous slices, as the published
 * system places them. A batch of one query has nothing to cut: its calls are dealt out in turn
 * (`PROBLEM.md`, section 7).
 */
export function querySlices(index: InstanceIndex): Int32Array {
  const { calls, workers } = index.instance;
  const queries = [...new Set(calls.map((call) => call.query))].sort((a, b) => a - b);
  if (queries.length === 1) return Int32Array.from(calls, (_, number) => number % workers);
  const place = new Map(queries.map((query, i) => [query, sliceOf(i, queries.length, workers)]));
  return Int32Array.from(calls, (call) => place.get(call.query)!);
}

/** Sizes differ by one at most, the larger slices first. */
function sliceOf(place: number, count: number, slices: number): number {
  const small = Math.floor(count / slices);
  const larger = count % slices;
  const inLarger = larger * (small + 1);
  if (place < inLarger) return Math.floor(place / (small + 1));
  return larger + Math.floor((place - inLarger) / small);
}

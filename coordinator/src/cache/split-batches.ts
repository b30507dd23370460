const ENTRIES_MAX = 256;
const BYTES_MAX = 4 << 20;

/**
 * Cuts a list, in order, into batches of up to 256 entries and 4 MiB; a larger entry is alone in
 * its batch.
 */
export function splitBatches<T>(entries: readonly T[], bytesOf: (entry: T) => number): T[][] {
  const batches: T[][] = [];
  let bytes = 0;
  for (const entry of entries) {
    const last = batches.at(-1);
    const size = bytesOf(entry);
    if (last === undefined || last.length >= ENTRIES_MAX || bytes + size > BYTES_MAX) {
      batches.push([entry]);
      bytes = size;
    } else {
      last.push(entry);
      bytes += size;
    }
  }
  return batches;
}

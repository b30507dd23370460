/**
 * Undoes the row order of GGUF's q and k: there, each head's rows interleave the two halves that rope
 * rotates (row 2j is j of the first half, 2j + 1 of the second); here the halves follow each other.
 */
export function toRotateHalf(
  values: Float32Array,
  heads: number,
  headDim: number,
  columns: number,
): Float32Array {
  const reordered = new Float32Array(values.length);
  const half = headDim / 2;
  for (let head = 0; head < heads; head++) {
    for (let row = 0; row < headDim; row++) {
      const stored = row < half ? 2 * row : 2 * (row - half) + 1;
      const from = (head * headDim + stored) * columns;
      reordered.set(values.subarray(from, from + columns), (head * headDim + row) * columns);
    }
  }
  return reordered;
}

/** Inverse of `toRotateHalf`. */
export function fromRotateHalf(
  values: Float32Array,
  heads: number,
  headDim: number,
  columns: number,
): Float32Array {
  const interleaved = new Float32Array(values.length);
  const half = headDim / 2;
  for (let head = 0; head < heads; head++) {
    for (let row = 0; row < headDim; row++) {
      const stored = row < half ? 2 * row : 2 * (row - half) + 1;
      const from = (head * headDim + row) * columns;
      interleaved.set(values.subarray(from, from + columns), (head * headDim + stored) * columns);
    }
  }
  return interleaved;
}

/** A matrix of float32, row by row: rows are made when they are asked for. */
export interface RowTable {
  readonly rows: number;
  readonly width: number;
  /** One row, [width]; not to be written to. */
  row(index: number): Float32Array;
  /** All of it, [rows, width], anew each time. Throws MODEL_INVALID where a value is not finite. */
  values(): Float32Array;
}

/** A table of values in memory. */
export function tableOf(values: Float32Array, width: number): RowTable {
  return {
    rows: values.length / width,
    width,
    row: (index) => values.subarray(index * width, (index + 1) * width),
    values: () => values.slice(),
  };
}

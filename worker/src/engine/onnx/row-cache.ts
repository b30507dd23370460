/** Rows kept: of 576 floats some 5 MB. Texts and what a model makes of them have few different tokens. */
export const ROWS_MAX = 2048;

/** Rows that are costly to make, by index; beyond a number of them the one not used for longest goes. */
export class RowCache {
  private readonly make: (index: number) => Float32Array;
  /** Least recently used first. */
  private readonly kept = new Map<number, Float32Array>();

  constructor(make: (index: number) => Float32Array) {
    this.make = make;
  }

  /** Not to be written to. */
  row(index: number): Float32Array {
    let row = this.kept.get(index);
    if (row === undefined) row = this.make(index);
    else this.kept.delete(index);
    this.kept.set(index, row);
    if (this.kept.size > ROWS_MAX) this.kept.delete(this.kept.keys().next().value!);
    return row;
  }
}

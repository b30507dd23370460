import type { Row } from '../plan/index.ts';

/**
 * Rows in classes that are told apart by nothing looked at so far. Classes are numbered by their
 * first row.
 */
export interface Partition {
  readonly id: number;
  /** Per row, its class. */
  readonly classOf: Int32Array;
  /** Per class, its rows, ascending; never empty. */
  readonly rowsOf: readonly (readonly number[])[];
}

/**
 * Makes the partitions of one batch and remembers them: a batch has few different ones, however
 * many operators it runs through. Each new one costs O(rows), each one seen before O(1).
 */
export class PartitionTable {
  readonly #rows: readonly Row[];
  readonly #byField = new Map<string, Partition>();
  readonly #refined = new Map<number, Map<number, Partition>>();
  #count = 0;
  #discrete: Partition | undefined;
  /** All rows in one class. */
  readonly whole: Partition;

  constructor(rows: readonly Row[]) {
    this.#rows = rows;
    this.whole = this.#group(() => 0);
  }

  /** Every row in its own class. */
  get discrete(): Partition {
    this.#discrete ??= this.#group((row) => row);
    return this.#discrete;
  }

  /** Rows together whose text in the column is equal. */
  byField(field: string): Partition {
    const known = this.#byField.get(field);
    if (known !== undefined) return known;
    const partition = this.#group((row) => this.#rows[row]![field]!);
    this.#byField.set(field, partition);
    return partition;
  }

  /** Rows together that are so in both: the coarsest partition finer than either. */
  refine(a: Partition, b: Partition): Partition {
    const [low, high] = a.id <= b.id ? [a, b] : [b, a];
    if (low === high || low === this.whole) return high;
    const known = this.#refined.get(low.id)?.get(high.id);
    if (known !== undefined) return known;
    const partition = this.#product(low, high);
    const row = this.#refined.get(low.id) ?? new Map<number, Partition>();
    this.#refined.set(low.id, row.set(high.id, partition));
    return partition;
  }

  #product(a: Partition, b: Partition): Partition {
    const width = b.rowsOf.length;
    const product = this.#group((row) => a.classOf[row]! * width + b.classOf[row]!);
    for (const same of [a, b]) {
      if (product.rowsOf.length === same.rowsOf.length) return same;
    }
    return product;
  }

  #group(keyOf: (row: number) => string | number): Partition {
    const classOf = new Int32Array(this.#rows.length);
    const rowsOf: number[][] = [];
    const classes = new Map<string | number, number>();
    for (let row = 0; row < classOf.length; row++) {
      const key = keyOf(row);
      const known = classes.get(key) ?? rowsOf.length;
      if (known === rowsOf.length) {
        classes.set(key, known);
        rowsOf.push([]);
      }
      classOf[row] = known;
      rowsOf[known]!.push(row);
    }
    return { id: this.#count++, classOf, rowsOf };
  }
}

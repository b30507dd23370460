/** Rows that a table has room for at first. */
const ROWS_MIN = 64;
/** A full table gets an eighth more: spare room costs memory, growing a copy of the columns. */
const GROWTH = 1.125;

export const NONE = -1;

/**
 * Rows of a table whose fields lie in columns, one typed array each. A row is a number; what was given
 * back is taken first. Subclasses add columns and bring them to the length asked for in `grow`.
 */
export abstract class RowTable {
  /** Of a free row: the next free one. Of a taken row: what the subclass says. */
  protected link = new Int32Array(0);
  #free = NONE;
  #end = 0;

  /** All rows ever taken are below. */
  get end(): number {
    return this.#end;
  }

  /** A row whose fields are what they were left at: the caller sets them. Amortised O(1). */
  protected take(): number {
    if (this.#free !== NONE) {
      const row = this.#free;
      this.#free = this.link[row]!;
      return row;
    }
    if (this.#end === this.link.length) {
      const rows = Math.max(ROWS_MIN, Math.ceil(this.link.length * GROWTH));
      this.link = lengthened(new Int32Array(rows), this.link);
      this.grow(rows);
    }
    return this.#end++;
  }

  protected give(row: number): void {
    this.link[row] = this.#free;
    this.#free = row;
  }

  protected abstract grow(rows: number): void;

  /** Makes this table's rows those of another of its kind; subclasses copy their columns. */
  protected copyRows(other: RowTable): void {
    this.link = other.link.slice();
    this.#free = other.#free;
    this.#end = other.#end;
  }
}

/** `longer` with the contents of `column` in front. */
export function lengthened<Column extends Int32Array | Float64Array>(
  longer: Column,
  column: Column,
): Column {
  longer.set(column);
  return longer;
}

const SIZE_MIN = 16;
/** A table that is fuller than this grows by a quarter. */
const FULLNESS_MAX = 0.8;
const GROWTH = 1.25;

/**
 * Finds rows of a table by what is in them: open addressing with linear probing, four bytes a place, no
 * tombstones. It holds row numbers only; hashes are computed from the rows, which therefore must not change
 * while they are in it.
 *
 * Looking up is a loop over the rows that may be meant:
 * `for (let at = index.first(hash); (row = index.rowAt(at)) >= 0; at = index.next(at))`
 */
export class HashIndex {
  readonly #hashOf: (row: number) => number;
  /** Row + 1; 0 where the place is free. */
  #places = new Int32Array(SIZE_MIN);
  #count = 0;

  /** `hashOf` gives 32 bits, signed or not. */
  constructor(hashOf: (row: number) => number) {
    this.#hashOf = hashOf;
  }

  /** The place at which rows with that hash begin. */
  first(hash: number): number {
    return Math.floor(((hash >>> 0) / 2 ** 32) * this.#places.length);
  }

  next(at: number): number {
    return at + 1 === this.#places.length ? 0 : at + 1;
  }

  /** -1 at the end of the rows that may have the hash. */
  rowAt(at: number): number {
    return this.#places[at]! - 1;
  }

  /** Holds what another holds, whose rows have equal hashes. */
  copy(other: HashIndex): void {
    this.#places = other.#places.slice();
    this.#count = other.#count;
  }

  add(row: number): void {
    if (this.#count >= FULLNESS_MAX * this.#places.length) this.#grow();
    this.#count += 1;
    this.#put(row);
  }

  /** Puts `by`, which has the same hash, where `row` is. */
  replace(row: number, by: number): void {
    this.#places[this.#placeOf(row)] = by + 1;
  }

  /** Rows behind it that may, move up. */
  remove(row: number): void {
    let hole = this.#placeOf(row);
    this.#count -= 1;
    for (let at = this.next(hole); this.#places[at] !== 0; at = this.next(at)) {
      const ideal = this.first(this.#hashOf(this.rowAt(at)));
      const staysBehind = hole <= at ? hole < ideal && ideal <= at : hole < ideal || ideal <= at;
      if (staysBehind) continue;
      this.#places[hole] = this.#places[at]!;
      hole = at;
    }
    this.#places[hole] = 0;
  }

  #placeOf(row: number): number {
    let at = this.first(this.#hashOf(row));
    while (this.rowAt(at) !== row) at = this.next(at);
    return at;
  }

  #put(row: number): void {
    let at = this.first(this.#hashOf(row));
    while (this.#places[at] !== 0) at = this.next(at);
    this.#places[at] = row + 1;
  }

  #grow(): void {
    const before = this.#places;
    this.#places = new Int32Array(Math.ceil(before.length * GROWTH));
    // In the rows' own order, in which their columns lie in memory: several times faster than in that of hashes.
    const isHeld = new Uint8Array(before.reduce((most, place) => Math.max(most, place), 0));
    for (const place of before) if (place !== 0) isHeld[place - 1] = 1;
    for (let row = 0; row < isHeld.length; row++) if (isHeld[row] === 1) this.#put(row);
  }
}

/** 32 well-mixed bits of two numbers, of which the low 32 bits count (the finalizer of MurmurHash3). */
export function mixed(a: number, b: number): number {
  let hash = Math.imul(a, 0x9e3779b1) ^ b;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

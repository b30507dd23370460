/**
 * One growing array that holds the tokens of all edges of a tree; edges are (start, length) views
 * of it. Splitting an edge copies nothing. What removed edges leave behind is reclaimed by
 * `compacted` once it outweighs what is live, so that memory stays proportional to the live tokens.
 */
export class TokenStore {
  #buffer: Int32Array;
  #end = 0;
  #live = 0;

  constructor(capacity = 256) {
    this.#buffer = new Int32Array(capacity);
  }

  /** Tokens that some edge still views. */
  get liveTokens(): number {
    return this.#live;
  }

  /** Tokens the array has room for: what it costs, in units of four bytes. */
  get capacityTokens(): number {
    return this.#buffer.length;
  }

  /** True when dead tokens outweigh the live ones enough for a copy to pay. */
  get isWasteful(): boolean {
    return this.#end > 1024 && this.#end > 2 * this.#live;
  }

  /** Copies tokens[from..] behind the last; returns where they start. */
  append(tokens: Int32Array, from = 0): number {
    const start = this.#end;
    const count = tokens.length - from;
    this.#reserve(count);
    this.#buffer.set(from === 0 ? tokens : tokens.subarray(from), start);
    this.#end += count;
    this.#live += count;
    return start;
  }

  /** Gives up a view. */
  release(length: number): void {
    this.#live -= length;
  }

  at(position: number): number {
    return this.#buffer[position]!;
  }

  /** A view, valid until the next `append`. */
  view(start: number, length: number): Int32Array {
    return this.#buffer.subarray(start, start + length);
  }

  /** Length of the common start of the stored run and tokens[from..]. */
  matchLength(start: number, length: number, tokens: Int32Array, from: number): number {
    const limit = Math.min(length, tokens.length - from);
    let matched = 0;
    while (matched < limit && this.#buffer[start + matched] === tokens[from + matched]) matched++;
    return matched;
  }

  #reserve(count: number): void {
    const needed = this.#end + count;
    if (needed <= this.#buffer.length) return;
    const grown = new Int32Array(Math.max(needed, Math.ceil(this.#buffer.length * 1.5)));
    grown.set(this.#buffer.subarray(0, this.#end));
    this.#buffer = grown;
  }
}

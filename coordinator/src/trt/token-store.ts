import { HeliumError } from '@helium/shared';

/** Tokens of a page, a power of two: 128 KiB. */
const PAGE_BITS = 15;
const PAGE_TOKENS = 2 ** PAGE_BITS;
const POSITIONS_MAX = 2 ** 31;

/**
 * The tokens of all edges of a tree, one behind the other on pages; edges are (start, length) ranges of
 * positions, which may go over a page's end. Splitting an edge copies nothing, nor does growth. A page all of
 * whose tokens are released is given back.
 */
export class TokenStore {
  readonly #pages: (Int32Array | undefined)[] = [];
  /** Tokens of each page that some edge still has. */
  readonly #liveOnPage: number[] = [];
  #pageCount = 0;
  #end = 0;
  #live = 0;

  /** Tokens that some edge still has. */
  get liveTokens(): number {
    return this.#live;
  }

  /** Tokens there is room for: what the store costs, in units of four bytes. */
  get capacityTokens(): number {
    return this.#pageCount * PAGE_TOKENS;
  }

  /** True when a copy of what is live pays: pages are mostly dead, or positions run out. */
  get isWasteful(): boolean {
    const isSparse = this.capacityTokens > 2 * (this.#live + PAGE_TOKENS);
    return isSparse || (this.#end > POSITIONS_MAX / 2 && this.#end > 2 * this.#live);
  }

  /** Copies tokens[from..] behind the last; returns where they start. Throws INVARIANT_BROKEN when full. */
  append(tokens: Int32Array, from = 0): number {
    const start = this.#end;
    const length = tokens.length - from;
    if (start + length > POSITIONS_MAX) {
      const message = `${start + length} static tokens in one tree, it takes ${POSITIONS_MAX}`;
      throw new HeliumError('INVARIANT_BROKEN', message);
    }
    this.#live += length;
    for (let done = from; done < tokens.length; ) {
      const offset = this.#end % PAGE_TOKENS;
      const page = this.#openPage(this.#end >> PAGE_BITS);
      const count = Math.min(tokens.length - done, PAGE_TOKENS - offset);
      page.set(tokens.subarray(done, done + count), offset);
      this.#liveOnPage[this.#end >> PAGE_BITS]! += count;
      this.#end += count;
      done += count;
    }
    return start;
  }

  /** Gives up a range. */
  release(start: number, length: number): void {
    this.#live -= length;
    forPages(start, length, (page, from, to) => {
      this.#liveOnPage[page]! -= to - from;
      const isOpen = page === this.#end >> PAGE_BITS;
      if (this.#liveOnPage[page] === 0 && !isOpen) this.#closePage(page);
    });
  }

  at(position: number): number {
    return this.#pages[position >> PAGE_BITS]![position % PAGE_TOKENS]!;
  }

  /** Writes a range to into[at..]. */
  copy(start: number, length: number, into: Int32Array, at: number): void {
    let end = at;
    forPages(start, length, (page, from, to) => {
      into.set(this.#pages[page]!.subarray(from, to), end);
      end += to - from;
    });
  }

  /** Length of the common start of the stored run and tokens[from..]. */
  matchLength(start: number, length: number, tokens: Int32Array, from: number): number {
    const limit = Math.min(length, tokens.length - from);
    let matched = 0;
    while (matched < limit) {
      const position = start + matched;
      const page = this.#pages[position >> PAGE_BITS]!;
      const shift = (position % PAGE_TOKENS) - matched;
      const limitHere = Math.min(limit, PAGE_TOKENS - shift);
      while (matched < limitHere && page[shift + matched] === tokens[from + matched]) matched++;
      if (matched < limitHere) break;
    }
    return matched;
  }

  #openPage(page: number): Int32Array {
    const open = this.#pages[page];
    if (open !== undefined) return open;
    const added = new Int32Array(PAGE_TOKENS);
    this.#pages[page] = added;
    this.#liveOnPage[page] = 0;
    this.#pageCount += 1;
    // All of the page before may be released already: it was kept while tokens came to it.
    if (this.#liveOnPage[page - 1] === 0) this.#closePage(page - 1);
    return added;
  }

  #closePage(page: number): void {
    if (this.#pages[page] === undefined) return;
    this.#pages[page] = undefined;
    this.#pageCount -= 1;
  }
}

/** What of each page a range of positions has. */
function forPages(
  start: number,
  length: number,
  visit: (page: number, from: number, to: number) => void,
): void {
  const end = start + length;
  for (let position = start; position < end; ) {
    const from = position % PAGE_TOKENS;
    const to = Math.min(PAGE_TOKENS, from + end - position);
    visit(position >> PAGE_BITS, from, to);
    position += to - from;
  }
}

import type { TokenDecoder } from '@helium/shared/tokenizer';

/**
 * The text of one call as its tokens come. It ends before the stop string that is complete first
 * (the longer one of two that end together), wherever token boundaries lie. Text that may still
 * turn out to be the start of a stop string is withheld from deltas.
 */
export class TextStream {
  readonly #decoder: TokenDecoder;
  readonly #stop: readonly string[];
  readonly #stopLengthMax: number;
  #text = '';
  /** No stop string starts before this place, UTF-16 units. */
  #decided = 0;
  #taken = 0;
  #stopped = false;

  constructor(decoder: TokenDecoder, stop: readonly string[]) {
    this.#decoder = decoder;
    this.#stop = stop;
    this.#stopLengthMax = Math.max(0, ...stop.map((s) => s.length));
  }

  /** Whether a stop string was found; what comes after it is ignored. */
  get isStopped(): boolean {
    return this.#stopped;
  }

  /** All text so far, what is withheld included. */
  get text(): string {
    return this.#text;
  }

  push(token: number): void {
    this.#append(this.#decoder.push(token));
  }

  /** No more tokens come: nothing is withheld any more. */
  end(): void {
    this.#append(this.#decoder.end());
    this.#decided = this.#text.length;
  }

  /** Decided text that was not taken yet, and its place in UTF-16 units. */
  takeDelta(): { readonly offset: number; readonly text: string } {
    const offset = this.#taken;
    this.#taken = this.#decided;
    return { offset, text: this.#text.slice(offset, this.#decided) };
  }

  #append(piece: string): void {
    if (this.#stopped || piece === '') return;
    this.#text += piece;
    const stopStart = this.#findStop();
    if (stopStart === undefined) {
      this.#decided = this.#text.length - this.#undecidedLength();
      return;
    }
    this.#stopped = true;
    this.#text = this.#text.slice(0, stopStart);
    this.#decided = stopStart;
  }

  #findStop(): number | undefined {
    let first: { start: number; end: number } | undefined;
    for (const stop of this.#stop) {
      const start = this.#text.indexOf(stop, this.#decided);
      if (start < 0) continue;
      const end = start + stop.length;
      const isFirst =
        first === undefined || end < first.end || (end === first.end && start < first.start);
      if (isFirst) first = { start, end };
    }
    return first?.start;
  }

  /** Length of the longest end of the text that starts a stop string. */
  #undecidedLength(): number {
    const longest = Math.min(this.#stopLengthMax - 1, this.#text.length - this.#decided);
    for (let length = longest; length > 0; length--) {
      const tail = this.#text.slice(-length);
      if (this.#stop.some((stop) => stop.startsWith(tail))) return length;
    }
    return 0;
  }
}

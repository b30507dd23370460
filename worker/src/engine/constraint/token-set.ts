/** A set of token ids as bits. */
export class TokenSet {
  readonly #bits: Uint32Array;
  #size = 0;

  constructor(vocabSize: number) {
    this.#bits = new Uint32Array(Math.ceil(vocabSize / 32));
  }

  get size(): number {
    return this.#size;
  }

  has(token: number): boolean {
    return ((this.#bits[token >>> 5] ?? 0) & (1 << (token & 31))) !== 0;
  }

  add(token: number): void {
    if (this.has(token)) return;
    this.#bits[token >>> 5]! |= 1 << (token & 31);
    this.#size++;
  }

  /** Ascending. */
  *[Symbol.iterator](): Iterator<number> {
    for (const [word, bits] of this.#bits.entries()) {
      for (let rest = bits; rest !== 0; rest &= rest - 1) {
        yield word * 32 + 31 - Math.clz32(rest & -rest);
      }
    }
  }
}

import type { Call, CallDelta } from '@helium/shared';

/**
 * A call that an engine may have to be given more than once, with the tokens that were made of it. What it
 * streams the second time repeats these: it is passed on only from where the first time ended.
 */
export class TrackedCall {
  /** As it was given. */
  readonly asked: Call;
  /** As engines get it. */
  readonly call: Call;
  /** Engines that died while they had it, and its equals of before. */
  deaths: number;
  /** An engine has it. */
  isSubmitted = false;
  /** An engine has or had it. */
  wasSubmitted = false;
  isCancelled = false;
  readonly #produced: number[] = [];
  /** Of these, made again by the present engine. */
  #repeated = 0;
  /** UTF-16 units, and tokens, that were passed on. */
  #told = 0;
  #toldTokens = 0;
  /** Tokens that the present engine streamed. */
  #tokens = 0;

  constructor(asked: Call, call: Call, deaths: number) {
    this.asked = asked;
    this.call = call;
    this.deaths = deaths;
  }

  /** An engine gets it. */
  submitted(): void {
    this.isSubmitted = true;
    this.wasSubmitted = true;
  }

  /** Its tokens so far. */
  get produced(): readonly number[] {
    return this.#produced;
  }

  /** The present engine made these tokens of it, and it goes on. */
  count(tokens: readonly number[]): void {
    for (const token of tokens) {
      if (this.#repeated++ >= this.#produced.length) this.#produced.push(token);
    }
  }

  /** Its engine is gone. */
  lose(): void {
    this.#repeated = 0;
    this.deaths++;
    this.isSubmitted = false;
    this.#tokens = 0;
  }

  /** The part of a delta that was not passed on yet. */
  take(delta: CallDelta): CallDelta | undefined {
    const end = delta.offset + delta.text.length;
    this.#tokens += delta.tokens;
    if (end <= this.#told) return undefined;
    const offset = Math.max(delta.offset, this.#told);
    const tokens = this.#tokens - this.#toldTokens;
    this.#told = end;
    this.#toldTokens = this.#tokens;
    return { ...delta, offset, text: delta.text.slice(offset - delta.offset), tokens };
  }
}

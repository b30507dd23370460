import type { Call, CallDelta } from '@helium/shared';

/**
 * A call that an engine may have to be given more than once. What it streams the second time repeats the
 * first, since equal calls give equal texts: it is passed on only from where the first time ended.
 */
export class TrackedCall {
  readonly call: Call;
  /** Engines that died while they had it. */
  deaths = 0;
  /** An engine has it. */
  isSubmitted = false;
  isCancelled = false;
  /** UTF-16 units, and tokens, that were passed on. */
  #told = 0;
  #toldTokens = 0;
  /** Tokens that the present engine streamed. */
  #tokens = 0;

  constructor(call: Call) {
    this.call = call;
  }

  /** Its engine is gone. */
  lose(): void {
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

import type { AllowedTokens, TokenConstraint } from './step-executor.ts';

/**
 * Makes a call that begins again say first what it has said already: at each place only the token that stood
 * there is allowed, so that its KV is made as it was, by prompt and decode steps, and the sampler's and the
 * schema's state with it; no token is chosen twice. Then `inner` goes on, or nothing constrains.
 */
export function resumedConstraint(
  produced: readonly number[],
  inner?: TokenConstraint,
): TokenConstraint {
  return new ResumedConstraint(produced, inner);
}

class ResumedConstraint implements TokenConstraint {
  readonly #produced: readonly number[];
  readonly #inner: TokenConstraint | undefined;
  #count: number;

  constructor(produced: readonly number[], inner: TokenConstraint | undefined, count = 0) {
    this.#produced = produced;
    this.#inner = inner;
    this.#count = count;
  }

  /** What was produced did not end the call. */
  get isComplete(): boolean {
    return this.#count >= this.#produced.length && (this.#inner?.isComplete ?? false);
  }

  allowed(): AllowedTokens | undefined {
    const next = this.#produced[this.#count];
    if (next === undefined) return this.#inner?.allowed();
    return { has: (token) => token === next, few: () => [next] };
  }

  push(token: number): boolean {
    const isOn = this.#inner?.push(token) ?? true;
    if (isOn) this.#count++;
    return isOn;
  }

  forced(): readonly number[] {
    const said = this.#produced.slice(this.#count);
    return said.length > 0 ? said : (this.#inner?.forced() ?? []);
  }

  fork(): TokenConstraint {
    return new ResumedConstraint(this.#produced, this.#inner?.fork(), this.#count);
  }
}

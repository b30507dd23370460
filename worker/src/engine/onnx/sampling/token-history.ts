import type { Sampling } from '@helium/shared';

/**
 * What one sequence has said and was asked, as far as its penalties need it. The repetition penalty
 * counts the prompt too, the others the output alone (as vLLM and transformers do).
 */
export class TokenHistory {
  private readonly sampling: Sampling;
  private readonly prompt: ReadonlySet<number>;
  private readonly output = new Map<number, number>();

  constructor(sampling: Sampling, prompt: Int32Array) {
    this.sampling = sampling;
    this.prompt = new Set(prompt);
  }

  add(token: number): void {
    this.output.set(token, (this.output.get(token) ?? 0) + 1);
  }

  /** The logit after penalties: never above `logit`, as penalties have their least values. */
  penalize(token: number, logit: number): number {
    const { repetitionPenalty = 1, presencePenalty = 0, frequencyPenalty = 0 } = this.sampling;
    const count = this.output.get(token) ?? 0;
    let penalized = logit;
    if (count > 0 || this.prompt.has(token)) {
      penalized = logit > 0 ? logit / repetitionPenalty : logit * repetitionPenalty;
    }
    if (count > 0) penalized -= presencePenalty + frequencyPenalty * count;
    return penalized;
  }
}

import { HeliumError } from '@helium/shared';
import type { SampledLogprob, SampledToken, SequenceSlot, StepOutput } from '../batching/index.ts';

/** What the sequences of one step got: a token each, perhaps with others after it, or why that one alone has none. */
export class SampledTokens {
  private readonly tokens = new Map<SequenceSlot, number>();
  private readonly further = new Map<SequenceSlot, readonly SampledToken[]>();
  private readonly logprobs = new Map<SequenceSlot, SampledLogprob>();
  private readonly failures = new Map<SequenceSlot, HeliumError>();
  private drafted = 0;
  private accepted = 0;
  private deferred: ReadonlySet<SequenceSlot> = new Set();

  has(slot: SequenceSlot): boolean {
    return this.tokens.has(slot) || this.failures.has(slot);
  }

  /** Whether it has a token. */
  hasToken(slot: SequenceSlot): boolean {
    return this.tokens.has(slot);
  }

  /** What comes after its token, by a draft of so many tokens. */
  addFurther(slot: SequenceSlot, tokens: readonly SampledToken[], drafted: number): void {
    this.drafted += drafted;
    this.accepted += tokens.length;
    if (tokens.length > 0) this.further.set(slot, tokens);
  }

  /** A choice that throws is this sequence's failure and nobody else's, unless it is a mistake of ours. */
  add(slot: SequenceSlot, choose: () => SampledToken): void {
    try {
      const { token, logprob } = choose();
      this.tokens.set(slot, token);
      if (logprob !== undefined) this.logprobs.set(slot, logprob);
    } catch (thrown) {
      const error = HeliumError.from(thrown);
      if (error.code === 'INVARIANT_BROKEN') throw error;
      this.failures.set(slot, error);
    }
  }

  defer(slots: ReadonlySet<SequenceSlot>): void {
    this.deferred = slots;
  }

  output(ms: number): StepOutput {
    const { tokens, further, drafted, accepted, logprobs, failures, deferred } = this;
    const drafts = { drafted, accepted };
    return { tokens, further, drafts, logprobs, failures, deferred, ms };
  }
}

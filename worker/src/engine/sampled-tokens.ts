import { HeliumError } from '@helium/shared';
import type { SampledLogprob, SequenceSlot, StepOutput } from '../batching/index.ts';

/** A token chosen, with its log probability where that is wanted. */
export interface SampledToken {
  readonly token: number;
  readonly logprob?: SampledLogprob;
}

/** What the sequences of one step got: a token each, or why that one alone has none. */
export class SampledTokens {
  private readonly tokens = new Map<SequenceSlot, number>();
  private readonly logprobs = new Map<SequenceSlot, SampledLogprob>();
  private readonly failures = new Map<SequenceSlot, HeliumError>();
  private deferred: ReadonlySet<SequenceSlot> = new Set();

  has(slot: SequenceSlot): boolean {
    return this.tokens.has(slot) || this.failures.has(slot);
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
    const { tokens, logprobs, failures, deferred } = this;
    return { tokens, logprobs, failures, deferred, ms };
  }
}

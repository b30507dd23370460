/** Engine steps, summed since the worker started: sums of several workers or times may be added and compared. */
export interface StepTotals {
  readonly steps: number;
  /** Prompt tokens computed. */
  readonly prefillTokens: number;
  /** Decoding calls, summed over the steps. */
  readonly decodeCalls: number;
  /** Context tokens of the decoding calls, their new tokens included, summed. */
  readonly contextTokens: number;
  readonly ms: number;
}

export const NO_STEPS: StepTotals = {
  steps: 0,
  prefillTokens: 0,
  decodeCalls: 0,
  contextTokens: 0,
  ms: 0,
};

/** The totals after one more step. */
export function withStep(totals: StepTotals, step: Omit<StepTotals, 'steps'>): StepTotals {
  return {
    steps: totals.steps + 1,
    prefillTokens: totals.prefillTokens + step.prefillTokens,
    decodeCalls: totals.decodeCalls + step.decodeCalls,
    contextTokens: totals.contextTokens + step.contextTokens,
    ms: totals.ms + step.ms,
  };
}

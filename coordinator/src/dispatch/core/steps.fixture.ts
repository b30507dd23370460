import type { StepTotals } from '@helium/shared';

/** What an engine says that has stepped a little. */
export const STEPS: StepTotals = {
  steps: 7,
  prefillTokens: 70,
  decodeCalls: 7,
  contextTokens: 70,
  ms: 7,
};

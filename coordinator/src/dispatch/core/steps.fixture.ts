import type { StepTotals, WorkerIdentity } from '@helium/shared';
import { stepSeconds, timingOf } from './engine-timing.ts';

/** What an engine says that has stepped a little. */
export const STEPS: StepTotals = {
  steps: 7,
  prefillTokens: 70,
  decodeCalls: 7,
  contextTokens: 70,
  ms: 7,
};

/** What a worker says that has decoded so many seconds, each step taking a factor times what the model says. */
export function stepsOf(identity: WorkerIdentity, seconds: number, factor: number): StepTotals {
  const step = { prefillTokens: 0, decodeCalls: 4, contextTokens: 400 };
  const ms = 1000 * factor * stepSeconds(timingOf(identity), { steps: 1, ...step });
  const steps = Math.round((1000 * seconds) / ms);
  return {
    steps,
    prefillTokens: 0,
    decodeCalls: steps * step.decodeCalls,
    contextTokens: steps * step.contextTokens,
    ms: steps * ms,
  };
}

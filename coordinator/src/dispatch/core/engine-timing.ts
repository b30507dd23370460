import type { StepTotals, WorkerIdentity } from '@helium/shared';
import { REFERENCE_TIMING, type StepTiming } from '../../scheduler/index.ts';

/**
 * A 135M model on one CPU core: 12 ms a decoding step and 1.3 ms for each further call in it, 1,000
 * prompt tokens a second, 3.2 µs a call for each token of context.
 */
const CPU_TIMING: StepTiming = {
  base: 0.012,
  perPrefillToken: 0.001,
  perCall: 0.0013,
  perContextToken: 3.2e-6,
};

/** How long steps of an engine take, as long as nobody has measured them. */
export function timingOf({ engine }: Pick<WorkerIdentity, 'engine'>): StepTiming {
  return engine === 'onnx' ? CPU_TIMING : REFERENCE_TIMING;
}

/**
 * What an output token costs in a full batch, in prompt tokens computed: the unit of *token time* is
 * the prompt token. 2 on a CPU, 5 on a GPU.
 */
export function decodeWeight(identity: Pick<WorkerIdentity, 'engine' | 'maxBatch'>): number {
  const { base, perCall, perPrefillToken } = timingOf(identity);
  return (base / identity.maxBatch + perCall) / perPrefillToken;
}

/** Seconds that steps take. */
export function stepSeconds(timing: StepTiming, totals: Omit<StepTotals, 'ms'>): number {
  const { base, perPrefillToken, perCall, perContextToken } = timing;
  const { steps, prefillTokens, decodeCalls, contextTokens } = totals;
  return (
    steps * base +
    prefillTokens * perPrefillToken +
    decodeCalls * perCall +
    contextTokens * perContextToken
  );
}

/** Seconds that a call takes in a batch of that many, all of them decoding. */
export function serviceSeconds(
  timing: StepTiming,
  batch: number,
  usage: {
    readonly promptTokens: number;
    readonly prefilledTokens: number;
    readonly outputTokens: number;
  },
): number {
  const { base, perPrefillToken, perCall, perContextToken } = timing;
  const context = usage.promptTokens + usage.outputTokens / 2;
  const step = base + batch * (perCall + perContextToken * context);
  return usage.prefilledTokens * perPrefillToken + usage.outputTokens * step;
}

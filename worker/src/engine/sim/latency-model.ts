/**
 * Step time of a modelled server, milliseconds: fixed + prefill per token + per call in the step +
 * per context token of these calls. The defaults are an 8B bf16 model on one H100-class GPU by
 * arithmetic.
 */
export interface SimTiming {
  readonly stepMs: number;
  readonly prefillTokenMs: number;
  readonly callMs: number;
  readonly contextTokenMs: number;
}

export const DEFAULT_SIM_TIMING: SimTiming = {
  // 16 GB of weights at 2.6 TB/s, and host time.
  stepMs: 7,
  // 16 GFLOP at 500 TFLOP/s.
  prefillTokenMs: 0.032,
  // Sampling and bookkeeping.
  callMs: 0.04,
  // 147 kB of K/V at 2.4 TB/s.
  contextTokenMs: 0.000_061,
};

/** Bytes of K/V of one token of that model. */
export const SIM_KV_BYTES_PER_TOKEN = 147_456;

/** What a step's time depends on. Context is counted after the step: new tokens included. */
export interface StepLoad {
  readonly prefillTokens: number;
  readonly calls: number;
  readonly contextTokens: number;
}

export function modelStepMs(timing: SimTiming, load: StepLoad): number {
  return (
    timing.stepMs +
    timing.prefillTokenMs * load.prefillTokens +
    timing.callMs * load.calls +
    timing.contextTokenMs * load.contextTokens
  );
}

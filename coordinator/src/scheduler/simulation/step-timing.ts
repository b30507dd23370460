import type { MachineModel, StepTiming } from '../instance.ts';

/** `PROBLEM.md` section 5: an 8B bf16 model on one H100-class GPU, by arithmetic. */
export const REFERENCE_TIMING: StepTiming = {
  base: 7.0e-3,
  perPrefillToken: 3.2e-5,
  perCall: 4.0e-5,
  perContextToken: 6.1e-8,
};

/** What is assumed where nothing is told. */
export const REFERENCE_MACHINE: MachineModel = {
  kind: 'continuous-batching',
  timing: REFERENCE_TIMING,
};

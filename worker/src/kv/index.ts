export { createResidency } from './create-residency.ts';
export {
  type EvictionPolicy,
  LEAST_RECENT,
  NEXT_USE,
  STEPS_TO_EXECUTION,
} from './eviction-policy.ts';
export type {
  PrefixHandle,
  Residency,
  ResidencyCounters,
  ResidencyOptions,
} from './residency.ts';

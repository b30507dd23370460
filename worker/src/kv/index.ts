export { createResidency } from './create-residency.ts';
export type {
  PrefixHandle,
  Residency,
  ResidencyCounters,
  ResidencyOptions,
} from './residency.ts';

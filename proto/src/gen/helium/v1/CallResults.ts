// Original file: helium/v1/worker.proto

import type { CallResult as _helium_v1_CallResult, CallResult__Output as _helium_v1_CallResult__Output } from '../../helium/v1/CallResult.ts';

export interface CallResults {
  'results'?: (_helium_v1_CallResult)[];
}

export interface CallResults__Output {
  'results': (_helium_v1_CallResult__Output)[];
}

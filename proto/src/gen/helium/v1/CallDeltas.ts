// Original file: helium/v1/worker.proto

import type { CallDelta as _helium_v1_CallDelta, CallDelta__Output as _helium_v1_CallDelta__Output } from '../../helium/v1/CallDelta.ts';

export interface CallDeltas {
  'deltas'?: (_helium_v1_CallDelta)[];
}

export interface CallDeltas__Output {
  'deltas': (_helium_v1_CallDelta__Output)[];
}

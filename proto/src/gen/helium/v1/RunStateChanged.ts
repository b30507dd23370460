// Original file: helium/v1/run.proto

import type { RunState as _helium_v1_RunState, RunState__Output as _helium_v1_RunState__Output } from '../../helium/v1/RunState.ts';

export interface RunStateChanged {
  'state'?: (_helium_v1_RunState);
}

export interface RunStateChanged__Output {
  'state': (_helium_v1_RunState__Output);
}

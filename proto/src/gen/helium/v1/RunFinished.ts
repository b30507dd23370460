// Original file: helium/v1/run.proto

import type { RunState as _helium_v1_RunState, RunState__Output as _helium_v1_RunState__Output } from '../../helium/v1/RunState.ts';
import type { RunSummary as _helium_v1_RunSummary, RunSummary__Output as _helium_v1_RunSummary__Output } from '../../helium/v1/RunSummary.ts';
import type { ErrorInfo as _helium_v1_ErrorInfo, ErrorInfo__Output as _helium_v1_ErrorInfo__Output } from '../../helium/v1/ErrorInfo.ts';

export interface RunFinished {
  'state'?: (_helium_v1_RunState);
  'summary'?: (_helium_v1_RunSummary | null);
  'error'?: (_helium_v1_ErrorInfo | null);
}

export interface RunFinished__Output {
  'state': (_helium_v1_RunState__Output);
  'summary': (_helium_v1_RunSummary__Output | null);
  'error': (_helium_v1_ErrorInfo__Output | null);
}

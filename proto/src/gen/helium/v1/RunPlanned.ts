// Original file: helium/v1/run.proto

import type { RunSummary as _helium_v1_RunSummary, RunSummary__Output as _helium_v1_RunSummary__Output } from '../../helium/v1/RunSummary.ts';
import type { OperatorProgress as _helium_v1_OperatorProgress, OperatorProgress__Output as _helium_v1_OperatorProgress__Output } from '../../helium/v1/OperatorProgress.ts';

export interface RunPlanned {
  'summary'?: (_helium_v1_RunSummary | null);
  'operators'?: (_helium_v1_OperatorProgress)[];
}

export interface RunPlanned__Output {
  'summary': (_helium_v1_RunSummary__Output | null);
  'operators': (_helium_v1_OperatorProgress__Output)[];
}

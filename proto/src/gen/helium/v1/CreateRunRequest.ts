// Original file: helium/v1/run.proto

import type { Workflow as _helium_v1_Workflow, Workflow__Output as _helium_v1_Workflow__Output } from '../../helium/v1/Workflow.ts';
import type { Row as _helium_v1_Row, Row__Output as _helium_v1_Row__Output } from '../../helium/v1/Row.ts';
import type { RunOptions as _helium_v1_RunOptions, RunOptions__Output as _helium_v1_RunOptions__Output } from '../../helium/v1/RunOptions.ts';

export interface CreateRunRequest {
  'requestId'?: (string);
  'workflow'?: (_helium_v1_Workflow | null);
  'rows'?: (_helium_v1_Row)[];
  'options'?: (_helium_v1_RunOptions | null);
  'validateOnly'?: (boolean);
}

export interface CreateRunRequest__Output {
  'requestId': (string);
  'workflow': (_helium_v1_Workflow__Output | null);
  'rows': (_helium_v1_Row__Output)[];
  'options': (_helium_v1_RunOptions__Output | null);
  'validateOnly': (boolean);
}

// Original file: helium/v1/workflow.proto

import type { Operator as _helium_v1_Operator, Operator__Output as _helium_v1_Operator__Output } from '../../helium/v1/Operator.ts';

export interface Workflow {
  'name'?: (string);
  'operators'?: (_helium_v1_Operator)[];
}

export interface Workflow__Output {
  'name': (string);
  'operators': (_helium_v1_Operator__Output)[];
}

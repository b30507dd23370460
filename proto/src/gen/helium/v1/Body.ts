// Original file: helium/v1/workflow.proto

import type { Operator as _helium_v1_Operator, Operator__Output as _helium_v1_Operator__Output } from '../../helium/v1/Operator.ts';

export interface Body {
  'operators'?: (_helium_v1_Operator)[];
  'result'?: (string);
}

export interface Body__Output {
  'operators': (_helium_v1_Operator__Output)[];
  'result': (string);
}

// Original file: helium/v1/workflow.proto

import type { Operator as _helium_v1_Operator, Operator__Output as _helium_v1_Operator__Output } from '../../helium/v1/Operator.ts';

export interface MapOperator {
  'items'?: (string)[];
  'item'?: (string);
  'body'?: (_helium_v1_Operator)[];
  'result'?: (string);
  'separator'?: (string);
}

export interface MapOperator__Output {
  'items': (string)[];
  'item': (string);
  'body': (_helium_v1_Operator__Output)[];
  'result': (string);
  'separator': (string);
}

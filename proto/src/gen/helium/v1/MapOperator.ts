// Original file: helium/v1/workflow.proto

import type { Operator as _helium_v1_Operator, Operator__Output as _helium_v1_Operator__Output } from '../../helium/v1/Operator.ts';
import type { ListSource as _helium_v1_ListSource, ListSource__Output as _helium_v1_ListSource__Output } from '../../helium/v1/ListSource.ts';

export interface MapOperator {
  'items'?: (string)[];
  'item'?: (string);
  'body'?: (_helium_v1_Operator)[];
  'result'?: (string);
  'separator'?: (string);
  'list'?: (_helium_v1_ListSource | null);
}

export interface MapOperator__Output {
  'items': (string)[];
  'item': (string);
  'body': (_helium_v1_Operator__Output)[];
  'result': (string);
  'separator': (string);
  'list': (_helium_v1_ListSource__Output | null);
}

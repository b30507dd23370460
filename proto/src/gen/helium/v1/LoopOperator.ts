// Original file: helium/v1/workflow.proto

import type { LoopVariable as _helium_v1_LoopVariable, LoopVariable__Output as _helium_v1_LoopVariable__Output } from '../../helium/v1/LoopVariable.ts';
import type { Operator as _helium_v1_Operator, Operator__Output as _helium_v1_Operator__Output } from '../../helium/v1/Operator.ts';
import type { Predicate as _helium_v1_Predicate, Predicate__Output as _helium_v1_Predicate__Output } from '../../helium/v1/Predicate.ts';
import type { LoopBound as _helium_v1_LoopBound, LoopBound__Output as _helium_v1_LoopBound__Output } from '../../helium/v1/LoopBound.ts';

export interface LoopOperator {
  'variables'?: (_helium_v1_LoopVariable)[];
  'body'?: (_helium_v1_Operator)[];
  'result'?: (string);
  'until'?: (_helium_v1_Predicate | null);
  'maxTurns'?: (number);
  'atBound'?: (_helium_v1_LoopBound);
}

export interface LoopOperator__Output {
  'variables': (_helium_v1_LoopVariable__Output)[];
  'body': (_helium_v1_Operator__Output)[];
  'result': (string);
  'until': (_helium_v1_Predicate__Output | null);
  'maxTurns': (number);
  'atBound': (_helium_v1_LoopBound__Output);
}

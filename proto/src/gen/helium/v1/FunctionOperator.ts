// Original file: helium/v1/workflow.proto

import type { FunctionArgument as _helium_v1_FunctionArgument, FunctionArgument__Output as _helium_v1_FunctionArgument__Output } from '../../helium/v1/FunctionArgument.ts';

export interface FunctionOperator {
  'name'?: (string);
  'pure'?: (boolean);
  'args'?: (_helium_v1_FunctionArgument)[];
}

export interface FunctionOperator__Output {
  'name': (string);
  'pure': (boolean);
  'args': (_helium_v1_FunctionArgument__Output)[];
}

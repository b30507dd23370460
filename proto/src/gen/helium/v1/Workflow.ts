// Original file: helium/v1/workflow.proto

import type { Operator as _helium_v1_Operator, Operator__Output as _helium_v1_Operator__Output } from '../../helium/v1/Operator.ts';
import type { LlmDefaults as _helium_v1_LlmDefaults, LlmDefaults__Output as _helium_v1_LlmDefaults__Output } from '../../helium/v1/LlmDefaults.ts';

export interface Workflow {
  'name'?: (string);
  'operators'?: (_helium_v1_Operator)[];
  'defaults'?: (_helium_v1_LlmDefaults | null);
}

export interface Workflow__Output {
  'name': (string);
  'operators': (_helium_v1_Operator__Output)[];
  'defaults': (_helium_v1_LlmDefaults__Output | null);
}

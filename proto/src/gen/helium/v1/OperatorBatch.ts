// Original file: helium/v1/worker.proto

import type { TextDefinition as _helium_v1_TextDefinition, TextDefinition__Output as _helium_v1_TextDefinition__Output } from '../../helium/v1/TextDefinition.ts';
import type { Call as _helium_v1_Call, Call__Output as _helium_v1_Call__Output } from '../../helium/v1/Call.ts';

export interface OperatorBatch {
  'texts'?: (_helium_v1_TextDefinition)[];
  'forgetTexts'?: (Buffer | Uint8Array | string)[];
  'calls'?: (_helium_v1_Call)[];
}

export interface OperatorBatch__Output {
  'texts': (_helium_v1_TextDefinition__Output)[];
  'forgetTexts': (Buffer)[];
  'calls': (_helium_v1_Call__Output)[];
}

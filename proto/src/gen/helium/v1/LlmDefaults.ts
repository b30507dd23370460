// Original file: helium/v1/workflow.proto

import type { Sampling as _helium_v1_Sampling, Sampling__Output as _helium_v1_Sampling__Output } from '../../helium/v1/Sampling.ts';

export interface LlmDefaults {
  'model'?: (string);
  'sampling'?: (_helium_v1_Sampling | null);
  'maxTokens'?: (number);
}

export interface LlmDefaults__Output {
  'model': (string);
  'sampling': (_helium_v1_Sampling__Output | null);
  'maxTokens': (number);
}

// Original file: helium/v1/workflow.proto

import type { MessageTemplate as _helium_v1_MessageTemplate, MessageTemplate__Output as _helium_v1_MessageTemplate__Output } from '../../helium/v1/MessageTemplate.ts';
import type { Sampling as _helium_v1_Sampling, Sampling__Output as _helium_v1_Sampling__Output } from '../../helium/v1/Sampling.ts';

export interface LlmOperator {
  'model'?: (string);
  'messages'?: (_helium_v1_MessageTemplate)[];
  'sampling'?: (_helium_v1_Sampling | null);
  'maxTokens'?: (number);
  'stop'?: (string)[];
  'expectedTokens'?: (number);
  'stopTokens'?: (number)[];
  'outputSchema'?: (string);
  'logprobs'?: (number);
  'samples'?: (number);
  '_logprobs'?: "logprobs";
}

export interface LlmOperator__Output {
  'model': (string);
  'messages': (_helium_v1_MessageTemplate__Output)[];
  'sampling': (_helium_v1_Sampling__Output | null);
  'maxTokens': (number);
  'stop': (string)[];
  'expectedTokens': (number);
  'stopTokens': (number)[];
  'outputSchema': (string);
  'logprobs'?: (number);
  'samples': (number);
  '_logprobs'?: "logprobs";
}

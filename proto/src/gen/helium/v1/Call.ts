// Original file: helium/v1/worker.proto

import type { ChatMessage as _helium_v1_ChatMessage, ChatMessage__Output as _helium_v1_ChatMessage__Output } from '../../helium/v1/ChatMessage.ts';
import type { Sampling as _helium_v1_Sampling, Sampling__Output as _helium_v1_Sampling__Output } from '../../helium/v1/Sampling.ts';
import type { ContentPart as _helium_v1_ContentPart, ContentPart__Output as _helium_v1_ContentPart__Output } from '../../helium/v1/ContentPart.ts';
import type { Long } from '@grpc/proto-loader';

export interface Call {
  'callId'?: (string);
  'messages'?: (_helium_v1_ChatMessage)[];
  'sampling'?: (_helium_v1_Sampling | null);
  'maxTokens'?: (number);
  'stop'?: (string)[];
  'isolateKv'?: (boolean);
  'cacheSalt'?: (string);
  'order'?: (number | string | Long);
  'streamDeltas'?: (boolean);
  'traceparent'?: (string);
  'stopTokens'?: (number)[];
  'outputSchema'?: (_helium_v1_ContentPart | null);
  'logprobs'?: (number);
  '_logprobs'?: "logprobs";
}

export interface Call__Output {
  'callId': (string);
  'messages': (_helium_v1_ChatMessage__Output)[];
  'sampling': (_helium_v1_Sampling__Output | null);
  'maxTokens': (number);
  'stop': (string)[];
  'isolateKv': (boolean);
  'cacheSalt': (string);
  'order': (string);
  'streamDeltas': (boolean);
  'traceparent': (string);
  'stopTokens': (number)[];
  'outputSchema': (_helium_v1_ContentPart__Output | null);
  'logprobs'?: (number);
  '_logprobs'?: "logprobs";
}

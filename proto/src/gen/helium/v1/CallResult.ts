// Original file: helium/v1/worker.proto

import type { FinishReason as _helium_v1_FinishReason, FinishReason__Output as _helium_v1_FinishReason__Output } from '../../helium/v1/FinishReason.ts';
import type { CallUsage as _helium_v1_CallUsage, CallUsage__Output as _helium_v1_CallUsage__Output } from '../../helium/v1/CallUsage.ts';
import type { ErrorInfo as _helium_v1_ErrorInfo, ErrorInfo__Output as _helium_v1_ErrorInfo__Output } from '../../helium/v1/ErrorInfo.ts';
import type { TokenLogprob as _helium_v1_TokenLogprob, TokenLogprob__Output as _helium_v1_TokenLogprob__Output } from '../../helium/v1/TokenLogprob.ts';

export interface CallResult {
  'callId'?: (string);
  'text'?: (string);
  'finish'?: (_helium_v1_FinishReason);
  'usage'?: (_helium_v1_CallUsage | null);
  'error'?: (_helium_v1_ErrorInfo | null);
  'logprobs'?: (_helium_v1_TokenLogprob)[];
}

export interface CallResult__Output {
  'callId': (string);
  'text': (string);
  'finish': (_helium_v1_FinishReason__Output);
  'usage': (_helium_v1_CallUsage__Output | null);
  'error': (_helium_v1_ErrorInfo__Output | null);
  'logprobs': (_helium_v1_TokenLogprob__Output)[];
}

// Original file: helium/v1/run.proto

import type { CallSource as _helium_v1_CallSource, CallSource__Output as _helium_v1_CallSource__Output } from '../../helium/v1/CallSource.ts';
import type { TokenLogprob as _helium_v1_TokenLogprob, TokenLogprob__Output as _helium_v1_TokenLogprob__Output } from '../../helium/v1/TokenLogprob.ts';

export interface CallFinished {
  'operator'?: (string);
  'rows'?: (number)[];
  'worker'?: (string);
  'source'?: (_helium_v1_CallSource);
  'promptTokens'?: (number);
  'reusedTokens'?: (number);
  'outputTokens'?: (number);
  'cut'?: (boolean);
  'logprobs'?: (_helium_v1_TokenLogprob)[];
}

export interface CallFinished__Output {
  'operator': (string);
  'rows': (number)[];
  'worker': (string);
  'source': (_helium_v1_CallSource__Output);
  'promptTokens': (number);
  'reusedTokens': (number);
  'outputTokens': (number);
  'cut': (boolean);
  'logprobs': (_helium_v1_TokenLogprob__Output)[];
}

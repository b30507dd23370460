// Original file: helium/v1/run.proto

import type { TokenLogprob as _helium_v1_TokenLogprob, TokenLogprob__Output as _helium_v1_TokenLogprob__Output } from '../../helium/v1/TokenLogprob.ts';

export interface RunOutput {
  'row'?: (number);
  'name'?: (string);
  'text'?: (string);
  'logprobs'?: (_helium_v1_TokenLogprob)[];
}

export interface RunOutput__Output {
  'row': (number);
  'name': (string);
  'text': (string);
  'logprobs': (_helium_v1_TokenLogprob__Output)[];
}

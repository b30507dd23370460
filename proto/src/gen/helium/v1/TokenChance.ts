// Original file: helium/v1/common.proto


export interface TokenChance {
  'token'?: (number);
  'text'?: (string);
  'logprob'?: (number | string);
}

export interface TokenChance__Output {
  'token': (number);
  'text': (string);
  'logprob': (number);
}

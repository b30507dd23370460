// Original file: helium/v1/run.proto


export interface TokenDelta {
  'operator'?: (string);
  'rows'?: (number)[];
  'offset'?: (number);
  'text'?: (string);
}

export interface TokenDelta__Output {
  'operator': (string);
  'rows': (number)[];
  'offset': (number);
  'text': (string);
}

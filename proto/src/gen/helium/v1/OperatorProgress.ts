// Original file: helium/v1/run.proto


export interface OperatorProgress {
  'operator'?: (string);
  'kind'?: (string);
  'calls'?: (number);
  'cached'?: (number);
}

export interface OperatorProgress__Output {
  'operator': (string);
  'kind': (string);
  'calls': (number);
  'cached': (number);
}

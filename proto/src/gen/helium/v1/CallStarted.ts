// Original file: helium/v1/run.proto


export interface CallStarted {
  'operator'?: (string);
  'rows'?: (number)[];
  'worker'?: (string);
}

export interface CallStarted__Output {
  'operator': (string);
  'rows': (number)[];
  'worker': (string);
}

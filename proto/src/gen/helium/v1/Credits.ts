// Original file: helium/v1/worker.proto


export interface Credits {
  'calls'?: (number);
}

export interface Credits__Output {
  'calls': (number);
}

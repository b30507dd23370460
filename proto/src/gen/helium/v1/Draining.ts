// Original file: helium/v1/worker.proto


export interface Draining {
  'reason'?: (string);
  'mayStay'?: (boolean);
}

export interface Draining__Output {
  'reason': (string);
  'mayStay': (boolean);
}

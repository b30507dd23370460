// Original file: helium/v1/worker.proto


export interface PinPrefix {
  'cacheSalt'?: (string);
  'tokens'?: (number)[];
}

export interface PinPrefix__Output {
  'cacheSalt': (string);
  'tokens': (number)[];
}

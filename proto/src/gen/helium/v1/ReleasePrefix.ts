// Original file: helium/v1/worker.proto


export interface ReleasePrefix {
  'cacheSalt'?: (string);
  'tokens'?: (number)[];
}

export interface ReleasePrefix__Output {
  'cacheSalt': (string);
  'tokens': (number)[];
}

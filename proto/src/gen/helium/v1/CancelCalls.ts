// Original file: helium/v1/worker.proto


export interface CancelCalls {
  'callIds'?: (string)[];
  'unlessBegun'?: (boolean);
}

export interface CancelCalls__Output {
  'callIds': (string)[];
  'unlessBegun': (boolean);
}

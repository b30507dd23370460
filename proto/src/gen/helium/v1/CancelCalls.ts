// Original file: helium/v1/worker.proto


export interface CancelCalls {
  'callIds'?: (string)[];
}

export interface CancelCalls__Output {
  'callIds': (string)[];
}

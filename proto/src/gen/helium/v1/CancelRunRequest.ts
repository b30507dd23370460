// Original file: helium/v1/run.proto


export interface CancelRunRequest {
  'name'?: (string);
  'reason'?: (string);
}

export interface CancelRunRequest__Output {
  'name': (string);
  'reason': (string);
}

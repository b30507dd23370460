// Original file: helium/v1/run.proto


export interface GetRunRequest {
  'name'?: (string);
}

export interface GetRunRequest__Output {
  'name': (string);
}

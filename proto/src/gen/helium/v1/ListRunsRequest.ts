// Original file: helium/v1/run.proto


export interface ListRunsRequest {
  'pageSize'?: (number);
  'pageToken'?: (string);
}

export interface ListRunsRequest__Output {
  'pageSize': (number);
  'pageToken': (string);
}

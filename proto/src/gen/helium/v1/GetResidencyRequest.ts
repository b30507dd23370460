// Original file: helium/v1/cluster.proto


export interface GetResidencyRequest {
  'worker'?: (string);
}

export interface GetResidencyRequest__Output {
  'worker': (string);
}

// Original file: helium/v1/cluster.proto


export interface DrainWorkerRequest {
  'worker'?: (string);
}

export interface DrainWorkerRequest__Output {
  'worker': (string);
}

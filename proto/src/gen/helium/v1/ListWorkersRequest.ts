// Original file: helium/v1/cluster.proto


export interface ListWorkersRequest {
}

export interface ListWorkersRequest__Output {
}

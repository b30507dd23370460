// Original file: helium/v1/cluster.proto


export interface GetPromptCacheRequest {
}

export interface GetPromptCacheRequest__Output {
}

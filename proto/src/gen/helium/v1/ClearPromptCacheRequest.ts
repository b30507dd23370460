// Original file: helium/v1/cluster.proto


export interface ClearPromptCacheRequest {
}

export interface ClearPromptCacheRequest__Output {
}

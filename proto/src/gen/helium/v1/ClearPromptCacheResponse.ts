// Original file: helium/v1/cluster.proto

import type { Long } from '@grpc/proto-loader';

export interface ClearPromptCacheResponse {
  'removed'?: (number | string | Long);
}

export interface ClearPromptCacheResponse__Output {
  'removed': (string);
}

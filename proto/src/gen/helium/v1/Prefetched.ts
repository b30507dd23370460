// Original file: helium/v1/worker.proto

import type { Long } from '@grpc/proto-loader';

export interface Prefetched {
  'residentTokens'?: (number | string | Long);
  'computedTokens'?: (number | string | Long);
}

export interface Prefetched__Output {
  'residentTokens': (string);
  'computedTokens': (string);
}

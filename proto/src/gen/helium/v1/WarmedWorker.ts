// Original file: helium/v1/cluster.proto

import type { Long } from '@grpc/proto-loader';

export interface WarmedWorker {
  'worker'?: (string);
  'residentTokens'?: (number | string | Long);
  'computedTokens'?: (number | string | Long);
}

export interface WarmedWorker__Output {
  'worker': (string);
  'residentTokens': (string);
  'computedTokens': (string);
}

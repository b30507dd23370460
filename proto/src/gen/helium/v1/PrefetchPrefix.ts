// Original file: helium/v1/worker.proto

import type { Long } from '@grpc/proto-loader';

export interface PrefetchPrefix {
  'cacheSalt'?: (string);
  'tokens'?: (number)[];
  'pin'?: (boolean);
  'nextUse'?: (number | string | Long);
  '_nextUse'?: "nextUse";
}

export interface PrefetchPrefix__Output {
  'cacheSalt': (string);
  'tokens': (number)[];
  'pin': (boolean);
  'nextUse'?: (string);
  '_nextUse'?: "nextUse";
}

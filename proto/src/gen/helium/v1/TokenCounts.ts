// Original file: helium/v1/run.proto

import type { Long } from '@grpc/proto-loader';

export interface TokenCounts {
  'prompt'?: (number | string | Long);
  'prefilled'?: (number | string | Long);
  'reused'?: (number | string | Long);
  'generated'?: (number | string | Long);
  'prefetched'?: (number | string | Long);
}

export interface TokenCounts__Output {
  'prompt': (string);
  'prefilled': (string);
  'reused': (string);
  'generated': (string);
  'prefetched': (string);
}

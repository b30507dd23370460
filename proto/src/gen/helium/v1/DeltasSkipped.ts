// Original file: helium/v1/run.proto

import type { Long } from '@grpc/proto-loader';

export interface DeltasSkipped {
  'count'?: (number | string | Long);
}

export interface DeltasSkipped__Output {
  'count': (string);
}

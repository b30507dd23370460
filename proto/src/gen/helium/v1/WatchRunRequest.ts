// Original file: helium/v1/run.proto

import type { Long } from '@grpc/proto-loader';

export interface WatchRunRequest {
  'name'?: (string);
  'cursor'?: (number | string | Long);
}

export interface WatchRunRequest__Output {
  'name': (string);
  'cursor': (string);
}

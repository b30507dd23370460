// Original file: helium/v1/worker.proto

import type { Long } from '@grpc/proto-loader';

export interface Welcome {
  'epoch'?: (number | string | Long);
  'heartbeatIntervalMs'?: (number);
  'sendTokenizer'?: (boolean);
  'version'?: (string);
}

export interface Welcome__Output {
  'epoch': (string);
  'heartbeatIntervalMs': (number);
  'sendTokenizer': (boolean);
  'version': (string);
}

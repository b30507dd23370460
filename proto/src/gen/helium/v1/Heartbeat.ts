// Original file: helium/v1/worker.proto

import type { Long } from '@grpc/proto-loader';

export interface Heartbeat {
  'runningCalls'?: (number);
  'queuedCalls'?: (number);
  'kvTokensUsed'?: (number | string | Long);
  'loopDelayMs'?: (number | string);
}

export interface Heartbeat__Output {
  'runningCalls': (number);
  'queuedCalls': (number);
  'kvTokensUsed': (string);
  'loopDelayMs': (number);
}

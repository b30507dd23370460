// Original file: helium/v1/worker.proto

import type { Long } from '@grpc/proto-loader';

export interface StepTotals {
  'steps'?: (number | string | Long);
  'prefillTokens'?: (number | string | Long);
  'decodeCalls'?: (number | string | Long);
  'contextTokens'?: (number | string | Long);
  'ms'?: (number | string);
}

export interface StepTotals__Output {
  'steps': (string);
  'prefillTokens': (string);
  'decodeCalls': (string);
  'contextTokens': (string);
  'ms': (number);
}

// Original file: helium/v1/worker.proto

import type { StepTotals as _helium_v1_StepTotals, StepTotals__Output as _helium_v1_StepTotals__Output } from '../../helium/v1/StepTotals.ts';
import type { Long } from '@grpc/proto-loader';

export interface Heartbeat {
  'runningCalls'?: (number);
  'queuedCalls'?: (number);
  'kvTokensUsed'?: (number | string | Long);
  'loopDelayMs'?: (number | string);
  'steps'?: (_helium_v1_StepTotals | null);
  'prefetchedTokens'?: (number | string | Long);
}

export interface Heartbeat__Output {
  'runningCalls': (number);
  'queuedCalls': (number);
  'kvTokensUsed': (string);
  'loopDelayMs': (number);
  'steps': (_helium_v1_StepTotals__Output | null);
  'prefetchedTokens': (string);
}

// Original file: helium/v1/cluster.proto

import type { WorkerState as _helium_v1_WorkerState, WorkerState__Output as _helium_v1_WorkerState__Output } from '../../helium/v1/WorkerState.ts';
import type { Long } from '@grpc/proto-loader';

export interface Worker {
  'name'?: (string);
  'state'?: (_helium_v1_WorkerState);
  'model'?: (string);
  'modelDigest'?: (string);
  'engine'?: (string);
  'device'?: (string);
  'epoch'?: (number | string | Long);
  'runningCalls'?: (number);
  'queuedCalls'?: (number);
  'scheduledCalls'?: (number);
  'kvTokens'?: (number | string | Long);
  'kvTokensUsed'?: (number | string | Long);
  'finishedCalls'?: (number | string | Long);
  'promptTokens'?: (number | string | Long);
  'reusedTokens'?: (number | string | Long);
  'version'?: (string);
  'prefetchedTokens'?: (number | string | Long);
  'stateReason'?: (string);
}

export interface Worker__Output {
  'name': (string);
  'state': (_helium_v1_WorkerState__Output);
  'model': (string);
  'modelDigest': (string);
  'engine': (string);
  'device': (string);
  'epoch': (string);
  'runningCalls': (number);
  'queuedCalls': (number);
  'scheduledCalls': (number);
  'kvTokens': (string);
  'kvTokensUsed': (string);
  'finishedCalls': (string);
  'promptTokens': (string);
  'reusedTokens': (string);
  'version': (string);
  'prefetchedTokens': (string);
  'stateReason': (string);
}

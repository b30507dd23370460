// Original file: helium/v1/worker.proto

import type { Long } from '@grpc/proto-loader';

export interface Hello {
  'protocolMajor'?: (number);
  'protocolMinor'?: (number);
  'workerId'?: (string);
  'model'?: (string);
  'modelDigest'?: (string);
  'tokenizerDigest'?: (string);
  'engine'?: (string);
  'device'?: (string);
  'maxCalls'?: (number);
  'maxBatch'?: (number);
  'contextTokens'?: (number);
  'kvTokens'?: (number | string | Long);
  'blockTokens'?: (number);
  'version'?: (string);
}

export interface Hello__Output {
  'protocolMajor': (number);
  'protocolMinor': (number);
  'workerId': (string);
  'model': (string);
  'modelDigest': (string);
  'tokenizerDigest': (string);
  'engine': (string);
  'device': (string);
  'maxCalls': (number);
  'maxBatch': (number);
  'contextTokens': (number);
  'kvTokens': (string);
  'blockTokens': (number);
  'version': (string);
}

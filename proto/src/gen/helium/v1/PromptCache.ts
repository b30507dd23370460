// Original file: helium/v1/cluster.proto

import type { Long } from '@grpc/proto-loader';

export interface PromptCache {
  'store'?: (string);
  'reachable'?: (boolean);
  'entries'?: (number | string | Long);
  'bytes'?: (number | string | Long);
  'hits'?: (number | string | Long);
  'misses'?: (number | string | Long);
  'stores'?: (number | string | Long);
  'errors'?: (number | string | Long);
  'rejected'?: (number | string | Long);
}

export interface PromptCache__Output {
  'store': (string);
  'reachable': (boolean);
  'entries': (string);
  'bytes': (string);
  'hits': (string);
  'misses': (string);
  'stores': (string);
  'errors': (string);
  'rejected': (string);
}

// Original file: helium/v1/common.proto

import type { Long } from '@grpc/proto-loader';

export interface Sampling {
  'temperature'?: (number | string);
  'topK'?: (number);
  'topP'?: (number | string);
  'seed'?: (number | string | Long);
  '_seed'?: "seed";
}

export interface Sampling__Output {
  'temperature': (number);
  'topK': (number);
  'topP': (number);
  'seed'?: (string);
  '_seed'?: "seed";
}

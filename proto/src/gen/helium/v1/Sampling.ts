// Original file: helium/v1/common.proto

import type { Long } from '@grpc/proto-loader';

export interface Sampling {
  'temperature'?: (number | string);
  'topK'?: (number);
  'topP'?: (number | string);
  'seed'?: (number | string | Long);
  'minP'?: (number | string);
  'repetitionPenalty'?: (number | string);
  'presencePenalty'?: (number | string);
  'frequencyPenalty'?: (number | string);
  '_seed'?: "seed";
}

export interface Sampling__Output {
  'temperature': (number);
  'topK': (number);
  'topP': (number);
  'seed'?: (string);
  'minP': (number);
  'repetitionPenalty': (number);
  'presencePenalty': (number);
  'frequencyPenalty': (number);
  '_seed'?: "seed";
}

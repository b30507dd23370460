// Original file: helium/v1/worker.proto

import type { ResidentBlock as _helium_v1_ResidentBlock, ResidentBlock__Output as _helium_v1_ResidentBlock__Output } from '../../helium/v1/ResidentBlock.ts';
import type { Long } from '@grpc/proto-loader';

export interface ResidencySnapshot {
  'sequence'?: (number | string | Long);
  'blocks'?: (_helium_v1_ResidentBlock)[];
}

export interface ResidencySnapshot__Output {
  'sequence': (string);
  'blocks': (_helium_v1_ResidentBlock__Output)[];
}

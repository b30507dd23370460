// Original file: helium/v1/cluster.proto

import type { ResidencyNode as _helium_v1_ResidencyNode, ResidencyNode__Output as _helium_v1_ResidencyNode__Output } from '../../helium/v1/ResidencyNode.ts';
import type { Long } from '@grpc/proto-loader';

export interface Residency {
  'epoch'?: (number | string | Long);
  'sequence'?: (number | string | Long);
  'blockTokens'?: (number);
  'blockCount'?: (number | string | Long);
  'blocks'?: (_helium_v1_ResidencyNode)[];
}

export interface Residency__Output {
  'epoch': (string);
  'sequence': (string);
  'blockTokens': (number);
  'blockCount': (string);
  'blocks': (_helium_v1_ResidencyNode__Output)[];
}

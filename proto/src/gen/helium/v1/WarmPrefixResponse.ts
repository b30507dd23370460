// Original file: helium/v1/cluster.proto

import type { WarmedWorker as _helium_v1_WarmedWorker, WarmedWorker__Output as _helium_v1_WarmedWorker__Output } from '../../helium/v1/WarmedWorker.ts';

export interface WarmPrefixResponse {
  'workers'?: (_helium_v1_WarmedWorker)[];
}

export interface WarmPrefixResponse__Output {
  'workers': (_helium_v1_WarmedWorker__Output)[];
}

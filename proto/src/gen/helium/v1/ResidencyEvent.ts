// Original file: helium/v1/worker.proto

import type { BlocksStored as _helium_v1_BlocksStored, BlocksStored__Output as _helium_v1_BlocksStored__Output } from '../../helium/v1/BlocksStored.ts';
import type { BlocksRemoved as _helium_v1_BlocksRemoved, BlocksRemoved__Output as _helium_v1_BlocksRemoved__Output } from '../../helium/v1/BlocksRemoved.ts';
import type { BlocksCleared as _helium_v1_BlocksCleared, BlocksCleared__Output as _helium_v1_BlocksCleared__Output } from '../../helium/v1/BlocksCleared.ts';
import type { Long } from '@grpc/proto-loader';

export interface ResidencyEvent {
  'sequence'?: (number | string | Long);
  'stored'?: (_helium_v1_BlocksStored | null);
  'removed'?: (_helium_v1_BlocksRemoved | null);
  'cleared'?: (_helium_v1_BlocksCleared | null);
  'change'?: "stored"|"removed"|"cleared";
}

export interface ResidencyEvent__Output {
  'sequence': (string);
  'stored'?: (_helium_v1_BlocksStored__Output | null);
  'removed'?: (_helium_v1_BlocksRemoved__Output | null);
  'cleared'?: (_helium_v1_BlocksCleared__Output | null);
  'change'?: "stored"|"removed"|"cleared";
}

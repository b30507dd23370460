// Original file: helium/v1/run.proto

import type { OperatorCounts as _helium_v1_OperatorCounts, OperatorCounts__Output as _helium_v1_OperatorCounts__Output } from '../../helium/v1/OperatorCounts.ts';
import type { TokenCounts as _helium_v1_TokenCounts, TokenCounts__Output as _helium_v1_TokenCounts__Output } from '../../helium/v1/TokenCounts.ts';

export interface RunSummary {
  'operators'?: (_helium_v1_OperatorCounts | null);
  'tokens'?: (_helium_v1_TokenCounts | null);
  'planSeconds'?: (number | string);
  'runSeconds'?: (number | string);
  'cacheMissReasons'?: ({[key: string]: number});
}

export interface RunSummary__Output {
  'operators': (_helium_v1_OperatorCounts__Output | null);
  'tokens': (_helium_v1_TokenCounts__Output | null);
  'planSeconds': (number);
  'runSeconds': (number);
  'cacheMissReasons': ({[key: string]: number});
}

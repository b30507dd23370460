// Original file: helium/v1/run.proto

import type { MapExpanded as _helium_v1_MapExpanded, MapExpanded__Output as _helium_v1_MapExpanded__Output } from '../../helium/v1/MapExpanded.ts';
import type { CondExpanded as _helium_v1_CondExpanded, CondExpanded__Output as _helium_v1_CondExpanded__Output } from '../../helium/v1/CondExpanded.ts';
import type { LoopEnded as _helium_v1_LoopEnded, LoopEnded__Output as _helium_v1_LoopEnded__Output } from '../../helium/v1/LoopEnded.ts';
import type { OperatorProgress as _helium_v1_OperatorProgress, OperatorProgress__Output as _helium_v1_OperatorProgress__Output } from '../../helium/v1/OperatorProgress.ts';
import type { OperatorCounts as _helium_v1_OperatorCounts, OperatorCounts__Output as _helium_v1_OperatorCounts__Output } from '../../helium/v1/OperatorCounts.ts';

export interface OperatorExpanded {
  'operator'?: (string);
  'rows'?: (number)[];
  'map'?: (_helium_v1_MapExpanded | null);
  'cond'?: (_helium_v1_CondExpanded | null);
  'turn'?: (number);
  'ended'?: (_helium_v1_LoopEnded | null);
  'operators'?: (_helium_v1_OperatorProgress)[];
  'added'?: (_helium_v1_OperatorCounts | null);
  'outcome'?: "map"|"cond"|"turn"|"ended";
}

export interface OperatorExpanded__Output {
  'operator': (string);
  'rows': (number)[];
  'map'?: (_helium_v1_MapExpanded__Output | null);
  'cond'?: (_helium_v1_CondExpanded__Output | null);
  'turn'?: (number);
  'ended'?: (_helium_v1_LoopEnded__Output | null);
  'operators': (_helium_v1_OperatorProgress__Output)[];
  'added': (_helium_v1_OperatorCounts__Output | null);
  'outcome'?: "map"|"cond"|"turn"|"ended";
}

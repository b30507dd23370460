// Original file: helium/v1/workflow.proto

import type { Segment as _helium_v1_Segment, Segment__Output as _helium_v1_Segment__Output } from '../../helium/v1/Segment.ts';

export interface LoopVariable {
  'id'?: (string);
  'first'?: (_helium_v1_Segment)[];
  'next'?: (_helium_v1_Segment)[];
}

export interface LoopVariable__Output {
  'id': (string);
  'first': (_helium_v1_Segment__Output)[];
  'next': (_helium_v1_Segment__Output)[];
}

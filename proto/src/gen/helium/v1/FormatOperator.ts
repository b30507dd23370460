// Original file: helium/v1/workflow.proto

import type { Segment as _helium_v1_Segment, Segment__Output as _helium_v1_Segment__Output } from '../../helium/v1/Segment.ts';

export interface FormatOperator {
  'content'?: (_helium_v1_Segment)[];
}

export interface FormatOperator__Output {
  'content': (_helium_v1_Segment__Output)[];
}

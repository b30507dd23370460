// Original file: helium/v1/workflow.proto

import type { Segment as _helium_v1_Segment, Segment__Output as _helium_v1_Segment__Output } from '../../helium/v1/Segment.ts';
import type { ListFormat as _helium_v1_ListFormat, ListFormat__Output as _helium_v1_ListFormat__Output } from '../../helium/v1/ListFormat.ts';
import type { ListOverflow as _helium_v1_ListOverflow, ListOverflow__Output as _helium_v1_ListOverflow__Output } from '../../helium/v1/ListOverflow.ts';

export interface ListSource {
  'text'?: (_helium_v1_Segment)[];
  'format'?: (_helium_v1_ListFormat);
  'maxItems'?: (number);
  'overflow'?: (_helium_v1_ListOverflow);
}

export interface ListSource__Output {
  'text': (_helium_v1_Segment__Output)[];
  'format': (_helium_v1_ListFormat__Output);
  'maxItems': (number);
  'overflow': (_helium_v1_ListOverflow__Output);
}

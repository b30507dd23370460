// Original file: helium/v1/workflow.proto

import type { Segment as _helium_v1_Segment, Segment__Output as _helium_v1_Segment__Output } from '../../helium/v1/Segment.ts';

export interface Predicate {
  'text'?: (_helium_v1_Segment)[];
  'equals'?: (string);
  'contains'?: (string);
  'startsWith'?: (string);
  'matches'?: (string);
  'nonEmpty'?: (boolean);
  'function'?: (string);
  'ignoreCase'?: (boolean);
  'negated'?: (boolean);
  'test'?: "equals"|"contains"|"startsWith"|"matches"|"nonEmpty"|"function";
}

export interface Predicate__Output {
  'text': (_helium_v1_Segment__Output)[];
  'equals'?: (string);
  'contains'?: (string);
  'startsWith'?: (string);
  'matches'?: (string);
  'nonEmpty'?: (boolean);
  'function'?: (string);
  'ignoreCase': (boolean);
  'negated': (boolean);
  'test'?: "equals"|"contains"|"startsWith"|"matches"|"nonEmpty"|"function";
}

// Original file: helium/v1/workflow.proto

import type { Role as _helium_v1_Role, Role__Output as _helium_v1_Role__Output } from '../../helium/v1/Role.ts';
import type { Segment as _helium_v1_Segment, Segment__Output as _helium_v1_Segment__Output } from '../../helium/v1/Segment.ts';

export interface MessageTemplate {
  'role'?: (_helium_v1_Role);
  'content'?: (_helium_v1_Segment)[];
}

export interface MessageTemplate__Output {
  'role': (_helium_v1_Role__Output);
  'content': (_helium_v1_Segment__Output)[];
}

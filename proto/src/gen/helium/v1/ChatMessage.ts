// Original file: helium/v1/worker.proto

import type { Role as _helium_v1_Role, Role__Output as _helium_v1_Role__Output } from '../../helium/v1/Role.ts';
import type { ContentPart as _helium_v1_ContentPart, ContentPart__Output as _helium_v1_ContentPart__Output } from '../../helium/v1/ContentPart.ts';

export interface ChatMessage {
  'role'?: (_helium_v1_Role);
  'parts'?: (_helium_v1_ContentPart)[];
}

export interface ChatMessage__Output {
  'role': (_helium_v1_Role__Output);
  'parts': (_helium_v1_ContentPart__Output)[];
}

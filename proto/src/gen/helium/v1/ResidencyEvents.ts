// Original file: helium/v1/worker.proto

import type { ResidencyEvent as _helium_v1_ResidencyEvent, ResidencyEvent__Output as _helium_v1_ResidencyEvent__Output } from '../../helium/v1/ResidencyEvent.ts';

export interface ResidencyEvents {
  'events'?: (_helium_v1_ResidencyEvent)[];
}

export interface ResidencyEvents__Output {
  'events': (_helium_v1_ResidencyEvent__Output)[];
}

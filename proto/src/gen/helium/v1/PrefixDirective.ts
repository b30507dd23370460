// Original file: helium/v1/worker.proto

import type { PrefetchPrefix as _helium_v1_PrefetchPrefix, PrefetchPrefix__Output as _helium_v1_PrefetchPrefix__Output } from '../../helium/v1/PrefetchPrefix.ts';
import type { PinPrefix as _helium_v1_PinPrefix, PinPrefix__Output as _helium_v1_PinPrefix__Output } from '../../helium/v1/PinPrefix.ts';
import type { ReleasePrefix as _helium_v1_ReleasePrefix, ReleasePrefix__Output as _helium_v1_ReleasePrefix__Output } from '../../helium/v1/ReleasePrefix.ts';
import type { NextUse as _helium_v1_NextUse, NextUse__Output as _helium_v1_NextUse__Output } from '../../helium/v1/NextUse.ts';

export interface PrefixDirective {
  'prefetch'?: (_helium_v1_PrefetchPrefix | null);
  'pin'?: (_helium_v1_PinPrefix | null);
  'release'?: (_helium_v1_ReleasePrefix | null);
  'nextUse'?: (_helium_v1_NextUse | null);
  'action'?: "prefetch"|"pin"|"release"|"nextUse";
}

export interface PrefixDirective__Output {
  'prefetch'?: (_helium_v1_PrefetchPrefix__Output | null);
  'pin'?: (_helium_v1_PinPrefix__Output | null);
  'release'?: (_helium_v1_ReleasePrefix__Output | null);
  'nextUse'?: (_helium_v1_NextUse__Output | null);
  'action'?: "prefetch"|"pin"|"release"|"nextUse";
}

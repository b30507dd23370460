// Original file: helium/v1/worker.proto

import type { Hello as _helium_v1_Hello, Hello__Output as _helium_v1_Hello__Output } from '../../helium/v1/Hello.ts';
import type { Heartbeat as _helium_v1_Heartbeat, Heartbeat__Output as _helium_v1_Heartbeat__Output } from '../../helium/v1/Heartbeat.ts';
import type { TokenizerChunk as _helium_v1_TokenizerChunk, TokenizerChunk__Output as _helium_v1_TokenizerChunk__Output } from '../../helium/v1/TokenizerChunk.ts';
import type { Credits as _helium_v1_Credits, Credits__Output as _helium_v1_Credits__Output } from '../../helium/v1/Credits.ts';
import type { CallDeltas as _helium_v1_CallDeltas, CallDeltas__Output as _helium_v1_CallDeltas__Output } from '../../helium/v1/CallDeltas.ts';
import type { CallResults as _helium_v1_CallResults, CallResults__Output as _helium_v1_CallResults__Output } from '../../helium/v1/CallResults.ts';
import type { ResidencyEvents as _helium_v1_ResidencyEvents, ResidencyEvents__Output as _helium_v1_ResidencyEvents__Output } from '../../helium/v1/ResidencyEvents.ts';
import type { ResidencySnapshot as _helium_v1_ResidencySnapshot, ResidencySnapshot__Output as _helium_v1_ResidencySnapshot__Output } from '../../helium/v1/ResidencySnapshot.ts';
import type { Prefetched as _helium_v1_Prefetched, Prefetched__Output as _helium_v1_Prefetched__Output } from '../../helium/v1/Prefetched.ts';
import type { Draining as _helium_v1_Draining, Draining__Output as _helium_v1_Draining__Output } from '../../helium/v1/Draining.ts';

export interface AttachRequest {
  'hello'?: (_helium_v1_Hello | null);
  'heartbeat'?: (_helium_v1_Heartbeat | null);
  'tokenizerChunk'?: (_helium_v1_TokenizerChunk | null);
  'credits'?: (_helium_v1_Credits | null);
  'deltas'?: (_helium_v1_CallDeltas | null);
  'results'?: (_helium_v1_CallResults | null);
  'residency'?: (_helium_v1_ResidencyEvents | null);
  'snapshot'?: (_helium_v1_ResidencySnapshot | null);
  'prefetched'?: (_helium_v1_Prefetched | null);
  'draining'?: (_helium_v1_Draining | null);
  'message'?: "hello"|"heartbeat"|"tokenizerChunk"|"credits"|"deltas"|"results"|"residency"|"snapshot"|"prefetched"|"draining";
}

export interface AttachRequest__Output {
  'hello'?: (_helium_v1_Hello__Output | null);
  'heartbeat'?: (_helium_v1_Heartbeat__Output | null);
  'tokenizerChunk'?: (_helium_v1_TokenizerChunk__Output | null);
  'credits'?: (_helium_v1_Credits__Output | null);
  'deltas'?: (_helium_v1_CallDeltas__Output | null);
  'results'?: (_helium_v1_CallResults__Output | null);
  'residency'?: (_helium_v1_ResidencyEvents__Output | null);
  'snapshot'?: (_helium_v1_ResidencySnapshot__Output | null);
  'prefetched'?: (_helium_v1_Prefetched__Output | null);
  'draining'?: (_helium_v1_Draining__Output | null);
  'message'?: "hello"|"heartbeat"|"tokenizerChunk"|"credits"|"deltas"|"results"|"residency"|"snapshot"|"prefetched"|"draining";
}

// Original file: helium/v1/worker.proto

import type { Welcome as _helium_v1_Welcome, Welcome__Output as _helium_v1_Welcome__Output } from '../../helium/v1/Welcome.ts';
import type { OperatorBatch as _helium_v1_OperatorBatch, OperatorBatch__Output as _helium_v1_OperatorBatch__Output } from '../../helium/v1/OperatorBatch.ts';
import type { PrefixDirectives as _helium_v1_PrefixDirectives, PrefixDirectives__Output as _helium_v1_PrefixDirectives__Output } from '../../helium/v1/PrefixDirectives.ts';
import type { CancelCalls as _helium_v1_CancelCalls, CancelCalls__Output as _helium_v1_CancelCalls__Output } from '../../helium/v1/CancelCalls.ts';
import type { SnapshotRequest as _helium_v1_SnapshotRequest, SnapshotRequest__Output as _helium_v1_SnapshotRequest__Output } from '../../helium/v1/SnapshotRequest.ts';
import type { Drain as _helium_v1_Drain, Drain__Output as _helium_v1_Drain__Output } from '../../helium/v1/Drain.ts';
import type { Stay as _helium_v1_Stay, Stay__Output as _helium_v1_Stay__Output } from '../../helium/v1/Stay.ts';

export interface AttachResponse {
  'welcome'?: (_helium_v1_Welcome | null);
  'batch'?: (_helium_v1_OperatorBatch | null);
  'directives'?: (_helium_v1_PrefixDirectives | null);
  'cancel'?: (_helium_v1_CancelCalls | null);
  'snapshotRequest'?: (_helium_v1_SnapshotRequest | null);
  'drain'?: (_helium_v1_Drain | null);
  'stay'?: (_helium_v1_Stay | null);
  'message'?: "welcome"|"batch"|"directives"|"cancel"|"snapshotRequest"|"drain"|"stay";
}

export interface AttachResponse__Output {
  'welcome'?: (_helium_v1_Welcome__Output | null);
  'batch'?: (_helium_v1_OperatorBatch__Output | null);
  'directives'?: (_helium_v1_PrefixDirectives__Output | null);
  'cancel'?: (_helium_v1_CancelCalls__Output | null);
  'snapshotRequest'?: (_helium_v1_SnapshotRequest__Output | null);
  'drain'?: (_helium_v1_Drain__Output | null);
  'stay'?: (_helium_v1_Stay__Output | null);
  'message'?: "welcome"|"batch"|"directives"|"cancel"|"snapshotRequest"|"drain"|"stay";
}

// Original file: helium/v1/run.proto

import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../google/protobuf/Timestamp.ts';
import type { RunStateChanged as _helium_v1_RunStateChanged, RunStateChanged__Output as _helium_v1_RunStateChanged__Output } from '../../helium/v1/RunStateChanged.ts';
import type { RunPlanned as _helium_v1_RunPlanned, RunPlanned__Output as _helium_v1_RunPlanned__Output } from '../../helium/v1/RunPlanned.ts';
import type { CallStarted as _helium_v1_CallStarted, CallStarted__Output as _helium_v1_CallStarted__Output } from '../../helium/v1/CallStarted.ts';
import type { CallFinished as _helium_v1_CallFinished, CallFinished__Output as _helium_v1_CallFinished__Output } from '../../helium/v1/CallFinished.ts';
import type { TokenDelta as _helium_v1_TokenDelta, TokenDelta__Output as _helium_v1_TokenDelta__Output } from '../../helium/v1/TokenDelta.ts';
import type { DeltasSkipped as _helium_v1_DeltasSkipped, DeltasSkipped__Output as _helium_v1_DeltasSkipped__Output } from '../../helium/v1/DeltasSkipped.ts';
import type { RunOutput as _helium_v1_RunOutput, RunOutput__Output as _helium_v1_RunOutput__Output } from '../../helium/v1/RunOutput.ts';
import type { RunFinished as _helium_v1_RunFinished, RunFinished__Output as _helium_v1_RunFinished__Output } from '../../helium/v1/RunFinished.ts';
import type { OperatorExpanded as _helium_v1_OperatorExpanded, OperatorExpanded__Output as _helium_v1_OperatorExpanded__Output } from '../../helium/v1/OperatorExpanded.ts';
import type { Long } from '@grpc/proto-loader';

export interface RunEvent {
  'cursor'?: (number | string | Long);
  'time'?: (_google_protobuf_Timestamp | null);
  'stateChanged'?: (_helium_v1_RunStateChanged | null);
  'planned'?: (_helium_v1_RunPlanned | null);
  'callStarted'?: (_helium_v1_CallStarted | null);
  'callFinished'?: (_helium_v1_CallFinished | null);
  'delta'?: (_helium_v1_TokenDelta | null);
  'deltasSkipped'?: (_helium_v1_DeltasSkipped | null);
  'output'?: (_helium_v1_RunOutput | null);
  'finished'?: (_helium_v1_RunFinished | null);
  'expanded'?: (_helium_v1_OperatorExpanded | null);
  'event'?: "stateChanged"|"planned"|"callStarted"|"callFinished"|"delta"|"deltasSkipped"|"output"|"finished"|"expanded";
}

export interface RunEvent__Output {
  'cursor': (string);
  'time': (_google_protobuf_Timestamp__Output | null);
  'stateChanged'?: (_helium_v1_RunStateChanged__Output | null);
  'planned'?: (_helium_v1_RunPlanned__Output | null);
  'callStarted'?: (_helium_v1_CallStarted__Output | null);
  'callFinished'?: (_helium_v1_CallFinished__Output | null);
  'delta'?: (_helium_v1_TokenDelta__Output | null);
  'deltasSkipped'?: (_helium_v1_DeltasSkipped__Output | null);
  'output'?: (_helium_v1_RunOutput__Output | null);
  'finished'?: (_helium_v1_RunFinished__Output | null);
  'expanded'?: (_helium_v1_OperatorExpanded__Output | null);
  'event'?: "stateChanged"|"planned"|"callStarted"|"callFinished"|"delta"|"deltasSkipped"|"output"|"finished"|"expanded";
}

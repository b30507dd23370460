import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { AttachRequest as _helium_v1_AttachRequest, AttachRequest__Output as _helium_v1_AttachRequest__Output } from './helium/v1/AttachRequest.ts';
import type { AttachResponse as _helium_v1_AttachResponse, AttachResponse__Output as _helium_v1_AttachResponse__Output } from './helium/v1/AttachResponse.ts';
import type { BlocksCleared as _helium_v1_BlocksCleared, BlocksCleared__Output as _helium_v1_BlocksCleared__Output } from './helium/v1/BlocksCleared.ts';
import type { BlocksRemoved as _helium_v1_BlocksRemoved, BlocksRemoved__Output as _helium_v1_BlocksRemoved__Output } from './helium/v1/BlocksRemoved.ts';
import type { BlocksStored as _helium_v1_BlocksStored, BlocksStored__Output as _helium_v1_BlocksStored__Output } from './helium/v1/BlocksStored.ts';
import type { Call as _helium_v1_Call, Call__Output as _helium_v1_Call__Output } from './helium/v1/Call.ts';
import type { CallDelta as _helium_v1_CallDelta, CallDelta__Output as _helium_v1_CallDelta__Output } from './helium/v1/CallDelta.ts';
import type { CallDeltas as _helium_v1_CallDeltas, CallDeltas__Output as _helium_v1_CallDeltas__Output } from './helium/v1/CallDeltas.ts';
import type { CallResult as _helium_v1_CallResult, CallResult__Output as _helium_v1_CallResult__Output } from './helium/v1/CallResult.ts';
import type { CallResults as _helium_v1_CallResults, CallResults__Output as _helium_v1_CallResults__Output } from './helium/v1/CallResults.ts';
import type { CallUsage as _helium_v1_CallUsage, CallUsage__Output as _helium_v1_CallUsage__Output } from './helium/v1/CallUsage.ts';
import type { CancelCalls as _helium_v1_CancelCalls, CancelCalls__Output as _helium_v1_CancelCalls__Output } from './helium/v1/CancelCalls.ts';
import type { ChatMessage as _helium_v1_ChatMessage, ChatMessage__Output as _helium_v1_ChatMessage__Output } from './helium/v1/ChatMessage.ts';
import type { ContentPart as _helium_v1_ContentPart, ContentPart__Output as _helium_v1_ContentPart__Output } from './helium/v1/ContentPart.ts';
import type { Credits as _helium_v1_Credits, Credits__Output as _helium_v1_Credits__Output } from './helium/v1/Credits.ts';
import type { Drain as _helium_v1_Drain, Drain__Output as _helium_v1_Drain__Output } from './helium/v1/Drain.ts';
import type { Draining as _helium_v1_Draining, Draining__Output as _helium_v1_Draining__Output } from './helium/v1/Draining.ts';
import type { ErrorInfo as _helium_v1_ErrorInfo, ErrorInfo__Output as _helium_v1_ErrorInfo__Output } from './helium/v1/ErrorInfo.ts';
import type { Fault as _helium_v1_Fault, Fault__Output as _helium_v1_Fault__Output } from './helium/v1/Fault.ts';
import type { Heartbeat as _helium_v1_Heartbeat, Heartbeat__Output as _helium_v1_Heartbeat__Output } from './helium/v1/Heartbeat.ts';
import type { Hello as _helium_v1_Hello, Hello__Output as _helium_v1_Hello__Output } from './helium/v1/Hello.ts';
import type { NextUse as _helium_v1_NextUse, NextUse__Output as _helium_v1_NextUse__Output } from './helium/v1/NextUse.ts';
import type { OperatorBatch as _helium_v1_OperatorBatch, OperatorBatch__Output as _helium_v1_OperatorBatch__Output } from './helium/v1/OperatorBatch.ts';
import type { PinPrefix as _helium_v1_PinPrefix, PinPrefix__Output as _helium_v1_PinPrefix__Output } from './helium/v1/PinPrefix.ts';
import type { PrefetchPrefix as _helium_v1_PrefetchPrefix, PrefetchPrefix__Output as _helium_v1_PrefetchPrefix__Output } from './helium/v1/PrefetchPrefix.ts';
import type { Prefetched as _helium_v1_Prefetched, Prefetched__Output as _helium_v1_Prefetched__Output } from './helium/v1/Prefetched.ts';
import type { PrefixDirective as _helium_v1_PrefixDirective, PrefixDirective__Output as _helium_v1_PrefixDirective__Output } from './helium/v1/PrefixDirective.ts';
import type { PrefixDirectives as _helium_v1_PrefixDirectives, PrefixDirectives__Output as _helium_v1_PrefixDirectives__Output } from './helium/v1/PrefixDirectives.ts';
import type { ReleasePrefix as _helium_v1_ReleasePrefix, ReleasePrefix__Output as _helium_v1_ReleasePrefix__Output } from './helium/v1/ReleasePrefix.ts';
import type { ResidencyEvent as _helium_v1_ResidencyEvent, ResidencyEvent__Output as _helium_v1_ResidencyEvent__Output } from './helium/v1/ResidencyEvent.ts';
import type { ResidencyEvents as _helium_v1_ResidencyEvents, ResidencyEvents__Output as _helium_v1_ResidencyEvents__Output } from './helium/v1/ResidencyEvents.ts';
import type { ResidencySnapshot as _helium_v1_ResidencySnapshot, ResidencySnapshot__Output as _helium_v1_ResidencySnapshot__Output } from './helium/v1/ResidencySnapshot.ts';
import type { ResidentBlock as _helium_v1_ResidentBlock, ResidentBlock__Output as _helium_v1_ResidentBlock__Output } from './helium/v1/ResidentBlock.ts';
import type { Sampling as _helium_v1_Sampling, Sampling__Output as _helium_v1_Sampling__Output } from './helium/v1/Sampling.ts';
import type { SnapshotRequest as _helium_v1_SnapshotRequest, SnapshotRequest__Output as _helium_v1_SnapshotRequest__Output } from './helium/v1/SnapshotRequest.ts';
import type { Stay as _helium_v1_Stay, Stay__Output as _helium_v1_Stay__Output } from './helium/v1/Stay.ts';
import type { StepTotals as _helium_v1_StepTotals, StepTotals__Output as _helium_v1_StepTotals__Output } from './helium/v1/StepTotals.ts';
import type { TextDefinition as _helium_v1_TextDefinition, TextDefinition__Output as _helium_v1_TextDefinition__Output } from './helium/v1/TextDefinition.ts';
import type { TokenChance as _helium_v1_TokenChance, TokenChance__Output as _helium_v1_TokenChance__Output } from './helium/v1/TokenChance.ts';
import type { TokenLogprob as _helium_v1_TokenLogprob, TokenLogprob__Output as _helium_v1_TokenLogprob__Output } from './helium/v1/TokenLogprob.ts';
import type { TokenizerChunk as _helium_v1_TokenizerChunk, TokenizerChunk__Output as _helium_v1_TokenizerChunk__Output } from './helium/v1/TokenizerChunk.ts';
import type { Welcome as _helium_v1_Welcome, Welcome__Output as _helium_v1_Welcome__Output } from './helium/v1/Welcome.ts';
import type { WorkerServiceClient as _helium_v1_WorkerServiceClient, WorkerServiceDefinition as _helium_v1_WorkerServiceDefinition } from './helium/v1/WorkerService.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  helium: {
    v1: {
      AttachRequest: MessageTypeDefinition<_helium_v1_AttachRequest, _helium_v1_AttachRequest__Output>
      AttachResponse: MessageTypeDefinition<_helium_v1_AttachResponse, _helium_v1_AttachResponse__Output>
      BlocksCleared: MessageTypeDefinition<_helium_v1_BlocksCleared, _helium_v1_BlocksCleared__Output>
      BlocksRemoved: MessageTypeDefinition<_helium_v1_BlocksRemoved, _helium_v1_BlocksRemoved__Output>
      BlocksStored: MessageTypeDefinition<_helium_v1_BlocksStored, _helium_v1_BlocksStored__Output>
      Call: MessageTypeDefinition<_helium_v1_Call, _helium_v1_Call__Output>
      CallDelta: MessageTypeDefinition<_helium_v1_CallDelta, _helium_v1_CallDelta__Output>
      CallDeltas: MessageTypeDefinition<_helium_v1_CallDeltas, _helium_v1_CallDeltas__Output>
      CallResult: MessageTypeDefinition<_helium_v1_CallResult, _helium_v1_CallResult__Output>
      CallResults: MessageTypeDefinition<_helium_v1_CallResults, _helium_v1_CallResults__Output>
      CallUsage: MessageTypeDefinition<_helium_v1_CallUsage, _helium_v1_CallUsage__Output>
      CancelCalls: MessageTypeDefinition<_helium_v1_CancelCalls, _helium_v1_CancelCalls__Output>
      ChatMessage: MessageTypeDefinition<_helium_v1_ChatMessage, _helium_v1_ChatMessage__Output>
      ContentPart: MessageTypeDefinition<_helium_v1_ContentPart, _helium_v1_ContentPart__Output>
      Credits: MessageTypeDefinition<_helium_v1_Credits, _helium_v1_Credits__Output>
      Drain: MessageTypeDefinition<_helium_v1_Drain, _helium_v1_Drain__Output>
      Draining: MessageTypeDefinition<_helium_v1_Draining, _helium_v1_Draining__Output>
      ErrorInfo: MessageTypeDefinition<_helium_v1_ErrorInfo, _helium_v1_ErrorInfo__Output>
      Fault: MessageTypeDefinition<_helium_v1_Fault, _helium_v1_Fault__Output>
      FinishReason: EnumTypeDefinition
      Heartbeat: MessageTypeDefinition<_helium_v1_Heartbeat, _helium_v1_Heartbeat__Output>
      Hello: MessageTypeDefinition<_helium_v1_Hello, _helium_v1_Hello__Output>
      NextUse: MessageTypeDefinition<_helium_v1_NextUse, _helium_v1_NextUse__Output>
      OperatorBatch: MessageTypeDefinition<_helium_v1_OperatorBatch, _helium_v1_OperatorBatch__Output>
      PinPrefix: MessageTypeDefinition<_helium_v1_PinPrefix, _helium_v1_PinPrefix__Output>
      PrefetchPrefix: MessageTypeDefinition<_helium_v1_PrefetchPrefix, _helium_v1_PrefetchPrefix__Output>
      Prefetched: MessageTypeDefinition<_helium_v1_Prefetched, _helium_v1_Prefetched__Output>
      PrefixDirective: MessageTypeDefinition<_helium_v1_PrefixDirective, _helium_v1_PrefixDirective__Output>
      PrefixDirectives: MessageTypeDefinition<_helium_v1_PrefixDirectives, _helium_v1_PrefixDirectives__Output>
      ReleasePrefix: MessageTypeDefinition<_helium_v1_ReleasePrefix, _helium_v1_ReleasePrefix__Output>
      ResidencyEvent: MessageTypeDefinition<_helium_v1_ResidencyEvent, _helium_v1_ResidencyEvent__Output>
      ResidencyEvents: MessageTypeDefinition<_helium_v1_ResidencyEvents, _helium_v1_ResidencyEvents__Output>
      ResidencySnapshot: MessageTypeDefinition<_helium_v1_ResidencySnapshot, _helium_v1_ResidencySnapshot__Output>
      ResidentBlock: MessageTypeDefinition<_helium_v1_ResidentBlock, _helium_v1_ResidentBlock__Output>
      Role: EnumTypeDefinition
      Sampling: MessageTypeDefinition<_helium_v1_Sampling, _helium_v1_Sampling__Output>
      SnapshotRequest: MessageTypeDefinition<_helium_v1_SnapshotRequest, _helium_v1_SnapshotRequest__Output>
      Stay: MessageTypeDefinition<_helium_v1_Stay, _helium_v1_Stay__Output>
      StepTotals: MessageTypeDefinition<_helium_v1_StepTotals, _helium_v1_StepTotals__Output>
      TextDefinition: MessageTypeDefinition<_helium_v1_TextDefinition, _helium_v1_TextDefinition__Output>
      TokenChance: MessageTypeDefinition<_helium_v1_TokenChance, _helium_v1_TokenChance__Output>
      TokenLogprob: MessageTypeDefinition<_helium_v1_TokenLogprob, _helium_v1_TokenLogprob__Output>
      TokenizerChunk: MessageTypeDefinition<_helium_v1_TokenizerChunk, _helium_v1_TokenizerChunk__Output>
      Welcome: MessageTypeDefinition<_helium_v1_Welcome, _helium_v1_Welcome__Output>
      WorkerService: SubtypeConstructor<typeof grpc.Client, _helium_v1_WorkerServiceClient> & { service: _helium_v1_WorkerServiceDefinition }
    }
  }
}


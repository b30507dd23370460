import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from './google/protobuf/Timestamp.ts';
import type { Body as _helium_v1_Body, Body__Output as _helium_v1_Body__Output } from './helium/v1/Body.ts';
import type { CallFinished as _helium_v1_CallFinished, CallFinished__Output as _helium_v1_CallFinished__Output } from './helium/v1/CallFinished.ts';
import type { CallStarted as _helium_v1_CallStarted, CallStarted__Output as _helium_v1_CallStarted__Output } from './helium/v1/CallStarted.ts';
import type { CancelRunRequest as _helium_v1_CancelRunRequest, CancelRunRequest__Output as _helium_v1_CancelRunRequest__Output } from './helium/v1/CancelRunRequest.ts';
import type { CondExpanded as _helium_v1_CondExpanded, CondExpanded__Output as _helium_v1_CondExpanded__Output } from './helium/v1/CondExpanded.ts';
import type { CondOperator as _helium_v1_CondOperator, CondOperator__Output as _helium_v1_CondOperator__Output } from './helium/v1/CondOperator.ts';
import type { ConstantOperator as _helium_v1_ConstantOperator, ConstantOperator__Output as _helium_v1_ConstantOperator__Output } from './helium/v1/ConstantOperator.ts';
import type { CreateRunRequest as _helium_v1_CreateRunRequest, CreateRunRequest__Output as _helium_v1_CreateRunRequest__Output } from './helium/v1/CreateRunRequest.ts';
import type { DeltasSkipped as _helium_v1_DeltasSkipped, DeltasSkipped__Output as _helium_v1_DeltasSkipped__Output } from './helium/v1/DeltasSkipped.ts';
import type { ErrorInfo as _helium_v1_ErrorInfo, ErrorInfo__Output as _helium_v1_ErrorInfo__Output } from './helium/v1/ErrorInfo.ts';
import type { ExplainRunRequest as _helium_v1_ExplainRunRequest, ExplainRunRequest__Output as _helium_v1_ExplainRunRequest__Output } from './helium/v1/ExplainRunRequest.ts';
import type { Explanation as _helium_v1_Explanation, Explanation__Output as _helium_v1_Explanation__Output } from './helium/v1/Explanation.ts';
import type { ExplanationSection as _helium_v1_ExplanationSection, ExplanationSection__Output as _helium_v1_ExplanationSection__Output } from './helium/v1/ExplanationSection.ts';
import type { Fault as _helium_v1_Fault, Fault__Output as _helium_v1_Fault__Output } from './helium/v1/Fault.ts';
import type { FormatOperator as _helium_v1_FormatOperator, FormatOperator__Output as _helium_v1_FormatOperator__Output } from './helium/v1/FormatOperator.ts';
import type { FunctionArgument as _helium_v1_FunctionArgument, FunctionArgument__Output as _helium_v1_FunctionArgument__Output } from './helium/v1/FunctionArgument.ts';
import type { FunctionOperator as _helium_v1_FunctionOperator, FunctionOperator__Output as _helium_v1_FunctionOperator__Output } from './helium/v1/FunctionOperator.ts';
import type { GetRunRequest as _helium_v1_GetRunRequest, GetRunRequest__Output as _helium_v1_GetRunRequest__Output } from './helium/v1/GetRunRequest.ts';
import type { InputOperator as _helium_v1_InputOperator, InputOperator__Output as _helium_v1_InputOperator__Output } from './helium/v1/InputOperator.ts';
import type { ListRunsRequest as _helium_v1_ListRunsRequest, ListRunsRequest__Output as _helium_v1_ListRunsRequest__Output } from './helium/v1/ListRunsRequest.ts';
import type { ListRunsResponse as _helium_v1_ListRunsResponse, ListRunsResponse__Output as _helium_v1_ListRunsResponse__Output } from './helium/v1/ListRunsResponse.ts';
import type { ListSource as _helium_v1_ListSource, ListSource__Output as _helium_v1_ListSource__Output } from './helium/v1/ListSource.ts';
import type { LlmDefaults as _helium_v1_LlmDefaults, LlmDefaults__Output as _helium_v1_LlmDefaults__Output } from './helium/v1/LlmDefaults.ts';
import type { LlmOperator as _helium_v1_LlmOperator, LlmOperator__Output as _helium_v1_LlmOperator__Output } from './helium/v1/LlmOperator.ts';
import type { LoopEnded as _helium_v1_LoopEnded, LoopEnded__Output as _helium_v1_LoopEnded__Output } from './helium/v1/LoopEnded.ts';
import type { LoopOperator as _helium_v1_LoopOperator, LoopOperator__Output as _helium_v1_LoopOperator__Output } from './helium/v1/LoopOperator.ts';
import type { LoopVariable as _helium_v1_LoopVariable, LoopVariable__Output as _helium_v1_LoopVariable__Output } from './helium/v1/LoopVariable.ts';
import type { MapExpanded as _helium_v1_MapExpanded, MapExpanded__Output as _helium_v1_MapExpanded__Output } from './helium/v1/MapExpanded.ts';
import type { MapOperator as _helium_v1_MapOperator, MapOperator__Output as _helium_v1_MapOperator__Output } from './helium/v1/MapOperator.ts';
import type { MessageTemplate as _helium_v1_MessageTemplate, MessageTemplate__Output as _helium_v1_MessageTemplate__Output } from './helium/v1/MessageTemplate.ts';
import type { Operator as _helium_v1_Operator, Operator__Output as _helium_v1_Operator__Output } from './helium/v1/Operator.ts';
import type { OperatorCounts as _helium_v1_OperatorCounts, OperatorCounts__Output as _helium_v1_OperatorCounts__Output } from './helium/v1/OperatorCounts.ts';
import type { OperatorExpanded as _helium_v1_OperatorExpanded, OperatorExpanded__Output as _helium_v1_OperatorExpanded__Output } from './helium/v1/OperatorExpanded.ts';
import type { OperatorProgress as _helium_v1_OperatorProgress, OperatorProgress__Output as _helium_v1_OperatorProgress__Output } from './helium/v1/OperatorProgress.ts';
import type { OutputOperator as _helium_v1_OutputOperator, OutputOperator__Output as _helium_v1_OutputOperator__Output } from './helium/v1/OutputOperator.ts';
import type { Predicate as _helium_v1_Predicate, Predicate__Output as _helium_v1_Predicate__Output } from './helium/v1/Predicate.ts';
import type { Row as _helium_v1_Row, Row__Output as _helium_v1_Row__Output } from './helium/v1/Row.ts';
import type { Run as _helium_v1_Run, Run__Output as _helium_v1_Run__Output } from './helium/v1/Run.ts';
import type { RunEvent as _helium_v1_RunEvent, RunEvent__Output as _helium_v1_RunEvent__Output } from './helium/v1/RunEvent.ts';
import type { RunFinished as _helium_v1_RunFinished, RunFinished__Output as _helium_v1_RunFinished__Output } from './helium/v1/RunFinished.ts';
import type { RunOptions as _helium_v1_RunOptions, RunOptions__Output as _helium_v1_RunOptions__Output } from './helium/v1/RunOptions.ts';
import type { RunOutput as _helium_v1_RunOutput, RunOutput__Output as _helium_v1_RunOutput__Output } from './helium/v1/RunOutput.ts';
import type { RunPlanned as _helium_v1_RunPlanned, RunPlanned__Output as _helium_v1_RunPlanned__Output } from './helium/v1/RunPlanned.ts';
import type { RunServiceClient as _helium_v1_RunServiceClient, RunServiceDefinition as _helium_v1_RunServiceDefinition } from './helium/v1/RunService.ts';
import type { RunStateChanged as _helium_v1_RunStateChanged, RunStateChanged__Output as _helium_v1_RunStateChanged__Output } from './helium/v1/RunStateChanged.ts';
import type { RunSummary as _helium_v1_RunSummary, RunSummary__Output as _helium_v1_RunSummary__Output } from './helium/v1/RunSummary.ts';
import type { Sampling as _helium_v1_Sampling, Sampling__Output as _helium_v1_Sampling__Output } from './helium/v1/Sampling.ts';
import type { Segment as _helium_v1_Segment, Segment__Output as _helium_v1_Segment__Output } from './helium/v1/Segment.ts';
import type { TokenChance as _helium_v1_TokenChance, TokenChance__Output as _helium_v1_TokenChance__Output } from './helium/v1/TokenChance.ts';
import type { TokenCounts as _helium_v1_TokenCounts, TokenCounts__Output as _helium_v1_TokenCounts__Output } from './helium/v1/TokenCounts.ts';
import type { TokenDelta as _helium_v1_TokenDelta, TokenDelta__Output as _helium_v1_TokenDelta__Output } from './helium/v1/TokenDelta.ts';
import type { TokenLogprob as _helium_v1_TokenLogprob, TokenLogprob__Output as _helium_v1_TokenLogprob__Output } from './helium/v1/TokenLogprob.ts';
import type { WaitOperator as _helium_v1_WaitOperator, WaitOperator__Output as _helium_v1_WaitOperator__Output } from './helium/v1/WaitOperator.ts';
import type { WatchRunRequest as _helium_v1_WatchRunRequest, WatchRunRequest__Output as _helium_v1_WatchRunRequest__Output } from './helium/v1/WatchRunRequest.ts';
import type { Workflow as _helium_v1_Workflow, Workflow__Output as _helium_v1_Workflow__Output } from './helium/v1/Workflow.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  google: {
    protobuf: {
      Timestamp: MessageTypeDefinition<_google_protobuf_Timestamp, _google_protobuf_Timestamp__Output>
    }
  }
  helium: {
    v1: {
      Body: MessageTypeDefinition<_helium_v1_Body, _helium_v1_Body__Output>
      CallFinished: MessageTypeDefinition<_helium_v1_CallFinished, _helium_v1_CallFinished__Output>
      CallSource: EnumTypeDefinition
      CallStarted: MessageTypeDefinition<_helium_v1_CallStarted, _helium_v1_CallStarted__Output>
      CancelRunRequest: MessageTypeDefinition<_helium_v1_CancelRunRequest, _helium_v1_CancelRunRequest__Output>
      CondExpanded: MessageTypeDefinition<_helium_v1_CondExpanded, _helium_v1_CondExpanded__Output>
      CondOperator: MessageTypeDefinition<_helium_v1_CondOperator, _helium_v1_CondOperator__Output>
      ConstantOperator: MessageTypeDefinition<_helium_v1_ConstantOperator, _helium_v1_ConstantOperator__Output>
      CreateRunRequest: MessageTypeDefinition<_helium_v1_CreateRunRequest, _helium_v1_CreateRunRequest__Output>
      DeltasSkipped: MessageTypeDefinition<_helium_v1_DeltasSkipped, _helium_v1_DeltasSkipped__Output>
      ErrorInfo: MessageTypeDefinition<_helium_v1_ErrorInfo, _helium_v1_ErrorInfo__Output>
      ExplainRunRequest: MessageTypeDefinition<_helium_v1_ExplainRunRequest, _helium_v1_ExplainRunRequest__Output>
      Explanation: MessageTypeDefinition<_helium_v1_Explanation, _helium_v1_Explanation__Output>
      ExplanationSection: MessageTypeDefinition<_helium_v1_ExplanationSection, _helium_v1_ExplanationSection__Output>
      Fault: MessageTypeDefinition<_helium_v1_Fault, _helium_v1_Fault__Output>
      FormatOperator: MessageTypeDefinition<_helium_v1_FormatOperator, _helium_v1_FormatOperator__Output>
      FunctionArgument: MessageTypeDefinition<_helium_v1_FunctionArgument, _helium_v1_FunctionArgument__Output>
      FunctionOperator: MessageTypeDefinition<_helium_v1_FunctionOperator, _helium_v1_FunctionOperator__Output>
      GetRunRequest: MessageTypeDefinition<_helium_v1_GetRunRequest, _helium_v1_GetRunRequest__Output>
      InputOperator: MessageTypeDefinition<_helium_v1_InputOperator, _helium_v1_InputOperator__Output>
      ListFormat: EnumTypeDefinition
      ListOverflow: EnumTypeDefinition
      ListRunsRequest: MessageTypeDefinition<_helium_v1_ListRunsRequest, _helium_v1_ListRunsRequest__Output>
      ListRunsResponse: MessageTypeDefinition<_helium_v1_ListRunsResponse, _helium_v1_ListRunsResponse__Output>
      ListSource: MessageTypeDefinition<_helium_v1_ListSource, _helium_v1_ListSource__Output>
      LlmDefaults: MessageTypeDefinition<_helium_v1_LlmDefaults, _helium_v1_LlmDefaults__Output>
      LlmOperator: MessageTypeDefinition<_helium_v1_LlmOperator, _helium_v1_LlmOperator__Output>
      LoopBound: EnumTypeDefinition
      LoopEnded: MessageTypeDefinition<_helium_v1_LoopEnded, _helium_v1_LoopEnded__Output>
      LoopOperator: MessageTypeDefinition<_helium_v1_LoopOperator, _helium_v1_LoopOperator__Output>
      LoopVariable: MessageTypeDefinition<_helium_v1_LoopVariable, _helium_v1_LoopVariable__Output>
      MapExpanded: MessageTypeDefinition<_helium_v1_MapExpanded, _helium_v1_MapExpanded__Output>
      MapOperator: MessageTypeDefinition<_helium_v1_MapOperator, _helium_v1_MapOperator__Output>
      MessageTemplate: MessageTypeDefinition<_helium_v1_MessageTemplate, _helium_v1_MessageTemplate__Output>
      Operator: MessageTypeDefinition<_helium_v1_Operator, _helium_v1_Operator__Output>
      OperatorCounts: MessageTypeDefinition<_helium_v1_OperatorCounts, _helium_v1_OperatorCounts__Output>
      OperatorExpanded: MessageTypeDefinition<_helium_v1_OperatorExpanded, _helium_v1_OperatorExpanded__Output>
      OperatorProgress: MessageTypeDefinition<_helium_v1_OperatorProgress, _helium_v1_OperatorProgress__Output>
      OutputOperator: MessageTypeDefinition<_helium_v1_OutputOperator, _helium_v1_OutputOperator__Output>
      Predicate: MessageTypeDefinition<_helium_v1_Predicate, _helium_v1_Predicate__Output>
      Role: EnumTypeDefinition
      Row: MessageTypeDefinition<_helium_v1_Row, _helium_v1_Row__Output>
      Run: MessageTypeDefinition<_helium_v1_Run, _helium_v1_Run__Output>
      RunEvent: MessageTypeDefinition<_helium_v1_RunEvent, _helium_v1_RunEvent__Output>
      RunFinished: MessageTypeDefinition<_helium_v1_RunFinished, _helium_v1_RunFinished__Output>
      RunOptions: MessageTypeDefinition<_helium_v1_RunOptions, _helium_v1_RunOptions__Output>
      RunOutput: MessageTypeDefinition<_helium_v1_RunOutput, _helium_v1_RunOutput__Output>
      RunPlanned: MessageTypeDefinition<_helium_v1_RunPlanned, _helium_v1_RunPlanned__Output>
      RunService: SubtypeConstructor<typeof grpc.Client, _helium_v1_RunServiceClient> & { service: _helium_v1_RunServiceDefinition }
      RunState: EnumTypeDefinition
      RunStateChanged: MessageTypeDefinition<_helium_v1_RunStateChanged, _helium_v1_RunStateChanged__Output>
      RunSummary: MessageTypeDefinition<_helium_v1_RunSummary, _helium_v1_RunSummary__Output>
      Sampling: MessageTypeDefinition<_helium_v1_Sampling, _helium_v1_Sampling__Output>
      Segment: MessageTypeDefinition<_helium_v1_Segment, _helium_v1_Segment__Output>
      TokenChance: MessageTypeDefinition<_helium_v1_TokenChance, _helium_v1_TokenChance__Output>
      TokenCounts: MessageTypeDefinition<_helium_v1_TokenCounts, _helium_v1_TokenCounts__Output>
      TokenDelta: MessageTypeDefinition<_helium_v1_TokenDelta, _helium_v1_TokenDelta__Output>
      TokenLogprob: MessageTypeDefinition<_helium_v1_TokenLogprob, _helium_v1_TokenLogprob__Output>
      WaitOperator: MessageTypeDefinition<_helium_v1_WaitOperator, _helium_v1_WaitOperator__Output>
      WatchRunRequest: MessageTypeDefinition<_helium_v1_WatchRunRequest, _helium_v1_WatchRunRequest__Output>
      Workflow: MessageTypeDefinition<_helium_v1_Workflow, _helium_v1_Workflow__Output>
    }
  }
}


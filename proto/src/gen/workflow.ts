import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { Body as _helium_v1_Body, Body__Output as _helium_v1_Body__Output } from './helium/v1/Body.ts';
import type { CondOperator as _helium_v1_CondOperator, CondOperator__Output as _helium_v1_CondOperator__Output } from './helium/v1/CondOperator.ts';
import type { ConstantOperator as _helium_v1_ConstantOperator, ConstantOperator__Output as _helium_v1_ConstantOperator__Output } from './helium/v1/ConstantOperator.ts';
import type { ErrorInfo as _helium_v1_ErrorInfo, ErrorInfo__Output as _helium_v1_ErrorInfo__Output } from './helium/v1/ErrorInfo.ts';
import type { Fault as _helium_v1_Fault, Fault__Output as _helium_v1_Fault__Output } from './helium/v1/Fault.ts';
import type { FormatOperator as _helium_v1_FormatOperator, FormatOperator__Output as _helium_v1_FormatOperator__Output } from './helium/v1/FormatOperator.ts';
import type { FunctionArgument as _helium_v1_FunctionArgument, FunctionArgument__Output as _helium_v1_FunctionArgument__Output } from './helium/v1/FunctionArgument.ts';
import type { FunctionOperator as _helium_v1_FunctionOperator, FunctionOperator__Output as _helium_v1_FunctionOperator__Output } from './helium/v1/FunctionOperator.ts';
import type { InputOperator as _helium_v1_InputOperator, InputOperator__Output as _helium_v1_InputOperator__Output } from './helium/v1/InputOperator.ts';
import type { ListSource as _helium_v1_ListSource, ListSource__Output as _helium_v1_ListSource__Output } from './helium/v1/ListSource.ts';
import type { LlmDefaults as _helium_v1_LlmDefaults, LlmDefaults__Output as _helium_v1_LlmDefaults__Output } from './helium/v1/LlmDefaults.ts';
import type { LlmOperator as _helium_v1_LlmOperator, LlmOperator__Output as _helium_v1_LlmOperator__Output } from './helium/v1/LlmOperator.ts';
import type { LoopOperator as _helium_v1_LoopOperator, LoopOperator__Output as _helium_v1_LoopOperator__Output } from './helium/v1/LoopOperator.ts';
import type { LoopVariable as _helium_v1_LoopVariable, LoopVariable__Output as _helium_v1_LoopVariable__Output } from './helium/v1/LoopVariable.ts';
import type { MapOperator as _helium_v1_MapOperator, MapOperator__Output as _helium_v1_MapOperator__Output } from './helium/v1/MapOperator.ts';
import type { MessageTemplate as _helium_v1_MessageTemplate, MessageTemplate__Output as _helium_v1_MessageTemplate__Output } from './helium/v1/MessageTemplate.ts';
import type { Operator as _helium_v1_Operator, Operator__Output as _helium_v1_Operator__Output } from './helium/v1/Operator.ts';
import type { OutputOperator as _helium_v1_OutputOperator, OutputOperator__Output as _helium_v1_OutputOperator__Output } from './helium/v1/OutputOperator.ts';
import type { Predicate as _helium_v1_Predicate, Predicate__Output as _helium_v1_Predicate__Output } from './helium/v1/Predicate.ts';
import type { Row as _helium_v1_Row, Row__Output as _helium_v1_Row__Output } from './helium/v1/Row.ts';
import type { Sampling as _helium_v1_Sampling, Sampling__Output as _helium_v1_Sampling__Output } from './helium/v1/Sampling.ts';
import type { Segment as _helium_v1_Segment, Segment__Output as _helium_v1_Segment__Output } from './helium/v1/Segment.ts';
import type { TokenChance as _helium_v1_TokenChance, TokenChance__Output as _helium_v1_TokenChance__Output } from './helium/v1/TokenChance.ts';
import type { TokenLogprob as _helium_v1_TokenLogprob, TokenLogprob__Output as _helium_v1_TokenLogprob__Output } from './helium/v1/TokenLogprob.ts';
import type { WaitOperator as _helium_v1_WaitOperator, WaitOperator__Output as _helium_v1_WaitOperator__Output } from './helium/v1/WaitOperator.ts';
import type { Workflow as _helium_v1_Workflow, Workflow__Output as _helium_v1_Workflow__Output } from './helium/v1/Workflow.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  helium: {
    v1: {
      Body: MessageTypeDefinition<_helium_v1_Body, _helium_v1_Body__Output>
      CondOperator: MessageTypeDefinition<_helium_v1_CondOperator, _helium_v1_CondOperator__Output>
      ConstantOperator: MessageTypeDefinition<_helium_v1_ConstantOperator, _helium_v1_ConstantOperator__Output>
      ErrorInfo: MessageTypeDefinition<_helium_v1_ErrorInfo, _helium_v1_ErrorInfo__Output>
      Fault: MessageTypeDefinition<_helium_v1_Fault, _helium_v1_Fault__Output>
      FormatOperator: MessageTypeDefinition<_helium_v1_FormatOperator, _helium_v1_FormatOperator__Output>
      FunctionArgument: MessageTypeDefinition<_helium_v1_FunctionArgument, _helium_v1_FunctionArgument__Output>
      FunctionOperator: MessageTypeDefinition<_helium_v1_FunctionOperator, _helium_v1_FunctionOperator__Output>
      InputOperator: MessageTypeDefinition<_helium_v1_InputOperator, _helium_v1_InputOperator__Output>
      ListFormat: EnumTypeDefinition
      ListOverflow: EnumTypeDefinition
      ListSource: MessageTypeDefinition<_helium_v1_ListSource, _helium_v1_ListSource__Output>
      LlmDefaults: MessageTypeDefinition<_helium_v1_LlmDefaults, _helium_v1_LlmDefaults__Output>
      LlmOperator: MessageTypeDefinition<_helium_v1_LlmOperator, _helium_v1_LlmOperator__Output>
      LoopBound: EnumTypeDefinition
      LoopOperator: MessageTypeDefinition<_helium_v1_LoopOperator, _helium_v1_LoopOperator__Output>
      LoopVariable: MessageTypeDefinition<_helium_v1_LoopVariable, _helium_v1_LoopVariable__Output>
      MapOperator: MessageTypeDefinition<_helium_v1_MapOperator, _helium_v1_MapOperator__Output>
      MessageTemplate: MessageTypeDefinition<_helium_v1_MessageTemplate, _helium_v1_MessageTemplate__Output>
      Operator: MessageTypeDefinition<_helium_v1_Operator, _helium_v1_Operator__Output>
      OutputOperator: MessageTypeDefinition<_helium_v1_OutputOperator, _helium_v1_OutputOperator__Output>
      Predicate: MessageTypeDefinition<_helium_v1_Predicate, _helium_v1_Predicate__Output>
      Role: EnumTypeDefinition
      Row: MessageTypeDefinition<_helium_v1_Row, _helium_v1_Row__Output>
      Sampling: MessageTypeDefinition<_helium_v1_Sampling, _helium_v1_Sampling__Output>
      Segment: MessageTypeDefinition<_helium_v1_Segment, _helium_v1_Segment__Output>
      TokenChance: MessageTypeDefinition<_helium_v1_TokenChance, _helium_v1_TokenChance__Output>
      TokenLogprob: MessageTypeDefinition<_helium_v1_TokenLogprob, _helium_v1_TokenLogprob__Output>
      WaitOperator: MessageTypeDefinition<_helium_v1_WaitOperator, _helium_v1_WaitOperator__Output>
      Workflow: MessageTypeDefinition<_helium_v1_Workflow, _helium_v1_Workflow__Output>
    }
  }
}


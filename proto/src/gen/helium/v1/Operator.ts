// Original file: helium/v1/workflow.proto

import type { InputOperator as _helium_v1_InputOperator, InputOperator__Output as _helium_v1_InputOperator__Output } from '../../helium/v1/InputOperator.ts';
import type { ConstantOperator as _helium_v1_ConstantOperator, ConstantOperator__Output as _helium_v1_ConstantOperator__Output } from '../../helium/v1/ConstantOperator.ts';
import type { LlmOperator as _helium_v1_LlmOperator, LlmOperator__Output as _helium_v1_LlmOperator__Output } from '../../helium/v1/LlmOperator.ts';
import type { FormatOperator as _helium_v1_FormatOperator, FormatOperator__Output as _helium_v1_FormatOperator__Output } from '../../helium/v1/FormatOperator.ts';
import type { FunctionOperator as _helium_v1_FunctionOperator, FunctionOperator__Output as _helium_v1_FunctionOperator__Output } from '../../helium/v1/FunctionOperator.ts';
import type { MapOperator as _helium_v1_MapOperator, MapOperator__Output as _helium_v1_MapOperator__Output } from '../../helium/v1/MapOperator.ts';
import type { CondOperator as _helium_v1_CondOperator, CondOperator__Output as _helium_v1_CondOperator__Output } from '../../helium/v1/CondOperator.ts';
import type { LoopOperator as _helium_v1_LoopOperator, LoopOperator__Output as _helium_v1_LoopOperator__Output } from '../../helium/v1/LoopOperator.ts';
import type { WaitOperator as _helium_v1_WaitOperator, WaitOperator__Output as _helium_v1_WaitOperator__Output } from '../../helium/v1/WaitOperator.ts';
import type { OutputOperator as _helium_v1_OutputOperator, OutputOperator__Output as _helium_v1_OutputOperator__Output } from '../../helium/v1/OutputOperator.ts';

export interface Operator {
  'id'?: (string);
  'input'?: (_helium_v1_InputOperator | null);
  'constant'?: (_helium_v1_ConstantOperator | null);
  'llm'?: (_helium_v1_LlmOperator | null);
  'format'?: (_helium_v1_FormatOperator | null);
  'function'?: (_helium_v1_FunctionOperator | null);
  'map'?: (_helium_v1_MapOperator | null);
  'cond'?: (_helium_v1_CondOperator | null);
  'loop'?: (_helium_v1_LoopOperator | null);
  'wait'?: (_helium_v1_WaitOperator | null);
  'output'?: (_helium_v1_OutputOperator | null);
  'kind'?: "input"|"constant"|"llm"|"format"|"function"|"map"|"cond"|"loop"|"wait"|"output";
}

export interface Operator__Output {
  'id': (string);
  'input'?: (_helium_v1_InputOperator__Output | null);
  'constant'?: (_helium_v1_ConstantOperator__Output | null);
  'llm'?: (_helium_v1_LlmOperator__Output | null);
  'format'?: (_helium_v1_FormatOperator__Output | null);
  'function'?: (_helium_v1_FunctionOperator__Output | null);
  'map'?: (_helium_v1_MapOperator__Output | null);
  'cond'?: (_helium_v1_CondOperator__Output | null);
  'loop'?: (_helium_v1_LoopOperator__Output | null);
  'wait'?: (_helium_v1_WaitOperator__Output | null);
  'output'?: (_helium_v1_OutputOperator__Output | null);
  'kind'?: "input"|"constant"|"llm"|"format"|"function"|"map"|"cond"|"loop"|"wait"|"output";
}

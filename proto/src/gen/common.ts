import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { ErrorInfo as _helium_v1_ErrorInfo, ErrorInfo__Output as _helium_v1_ErrorInfo__Output } from './helium/v1/ErrorInfo.ts';
import type { Fault as _helium_v1_Fault, Fault__Output as _helium_v1_Fault__Output } from './helium/v1/Fault.ts';
import type { Sampling as _helium_v1_Sampling, Sampling__Output as _helium_v1_Sampling__Output } from './helium/v1/Sampling.ts';
import type { TokenChance as _helium_v1_TokenChance, TokenChance__Output as _helium_v1_TokenChance__Output } from './helium/v1/TokenChance.ts';
import type { TokenLogprob as _helium_v1_TokenLogprob, TokenLogprob__Output as _helium_v1_TokenLogprob__Output } from './helium/v1/TokenLogprob.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  helium: {
    v1: {
      ErrorInfo: MessageTypeDefinition<_helium_v1_ErrorInfo, _helium_v1_ErrorInfo__Output>
      Fault: MessageTypeDefinition<_helium_v1_Fault, _helium_v1_Fault__Output>
      Role: EnumTypeDefinition
      Sampling: MessageTypeDefinition<_helium_v1_Sampling, _helium_v1_Sampling__Output>
      TokenChance: MessageTypeDefinition<_helium_v1_TokenChance, _helium_v1_TokenChance__Output>
      TokenLogprob: MessageTypeDefinition<_helium_v1_TokenLogprob, _helium_v1_TokenLogprob__Output>
    }
  }
}


// Original file: helium/v1/worker.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { AttachRequest as _helium_v1_AttachRequest, AttachRequest__Output as _helium_v1_AttachRequest__Output } from '../../helium/v1/AttachRequest.ts';
import type { AttachResponse as _helium_v1_AttachResponse, AttachResponse__Output as _helium_v1_AttachResponse__Output } from '../../helium/v1/AttachResponse.ts';

export interface WorkerServiceClient extends grpc.Client {
  Attach(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_helium_v1_AttachRequest, _helium_v1_AttachResponse__Output>;
  Attach(options?: grpc.CallOptions): grpc.ClientDuplexStream<_helium_v1_AttachRequest, _helium_v1_AttachResponse__Output>;
  attach(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_helium_v1_AttachRequest, _helium_v1_AttachResponse__Output>;
  attach(options?: grpc.CallOptions): grpc.ClientDuplexStream<_helium_v1_AttachRequest, _helium_v1_AttachResponse__Output>;
  
}

export interface WorkerServiceHandlers extends grpc.UntypedServiceImplementation {
  Attach: grpc.handleBidiStreamingCall<_helium_v1_AttachRequest__Output, _helium_v1_AttachResponse>;
  
}

export interface WorkerServiceDefinition extends grpc.ServiceDefinition {
  Attach: MethodDefinition<_helium_v1_AttachRequest, _helium_v1_AttachResponse, _helium_v1_AttachRequest__Output, _helium_v1_AttachResponse__Output>
}

// Original file: helium/v1/run.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { CancelRunRequest as _helium_v1_CancelRunRequest, CancelRunRequest__Output as _helium_v1_CancelRunRequest__Output } from '../../helium/v1/CancelRunRequest.ts';
import type { CreateRunRequest as _helium_v1_CreateRunRequest, CreateRunRequest__Output as _helium_v1_CreateRunRequest__Output } from '../../helium/v1/CreateRunRequest.ts';
import type { ExplainRunRequest as _helium_v1_ExplainRunRequest, ExplainRunRequest__Output as _helium_v1_ExplainRunRequest__Output } from '../../helium/v1/ExplainRunRequest.ts';
import type { Explanation as _helium_v1_Explanation, Explanation__Output as _helium_v1_Explanation__Output } from '../../helium/v1/Explanation.ts';
import type { GetRunRequest as _helium_v1_GetRunRequest, GetRunRequest__Output as _helium_v1_GetRunRequest__Output } from '../../helium/v1/GetRunRequest.ts';
import type { ListRunsRequest as _helium_v1_ListRunsRequest, ListRunsRequest__Output as _helium_v1_ListRunsRequest__Output } from '../../helium/v1/ListRunsRequest.ts';
import type { ListRunsResponse as _helium_v1_ListRunsResponse, ListRunsResponse__Output as _helium_v1_ListRunsResponse__Output } from '../../helium/v1/ListRunsResponse.ts';
import type { Run as _helium_v1_Run, Run__Output as _helium_v1_Run__Output } from '../../helium/v1/Run.ts';
import type { RunEvent as _helium_v1_RunEvent, RunEvent__Output as _helium_v1_RunEvent__Output } from '../../helium/v1/RunEvent.ts';
import type { WatchRunRequest as _helium_v1_WatchRunRequest, WatchRunRequest__Output as _helium_v1_WatchRunRequest__Output } from '../../helium/v1/WatchRunRequest.ts';

export interface RunServiceClient extends grpc.Client {
  CancelRun(argument: _helium_v1_CancelRunRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_helium_v1_Run__Output>): grpc.ClientUnaryCall;
  CancelRun(argument: _helium_v1_CancelRunRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_helium_v1_Run__Output>): grpc.ClientUnaryCall;
  CancelRun(argument: _helium_v1_CancelRunRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_helium_v1_Run__Output>): grpc.ClientUnaryCall;
  CancelRun(argument: _helium_v1_CancelRunRequest, callback: grpc.requestCallback<_helium_v1_Run__Output>): grpc.ClientUnaryCall;
  cancelRun(argument: _helium_v1_CancelRunRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_helium_v1_Run__Output>): grpc.ClientUnaryCall;
  cancelRun(argument: _helium_v1_CancelRunRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_helium_v1_Run__Output>): grpc.ClientUnaryCall;
  cancelRun(argument: _helium_v1_CancelRunRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_helium_v1_Run__Output>): grpc.ClientUnaryCall;
  cancelRun(argument: _helium_v1_CancelRunRequest, callback: grpc.requestCallback<_helium_v1_Run__Output>): grpc.ClientUnaryCall;
  
  CreateRun(argument: _helium_v1_CreateRunRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_helium_v1_Run__Output>): grpc.ClientUnaryCall;
  CreateRun(argument: _helium_v1_CreateRunRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_helium_v1_Run__Output>): grpc.ClientUnaryCall;
  CreateRun(argument: _helium_v1_CreateRunRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_helium_v1_Run__Output>): grpc.ClientUnaryCall;
  CreateRun(argument: _helium_v1_CreateRunRequest, callback: grpc.requestCallback<_helium_v1_Run__Output>): grpc.ClientUnaryCall;
  createRun(argument: _helium_v1_CreateRunRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_helium_v1_Run__Output>): grpc.ClientUnaryCall;
  createRun(argument: _helium_v1_CreateRunRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_helium_v1_Run__Output>): grpc.ClientUnaryCall;
  createRun(argument: _helium_v1_CreateRunRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_helium_v1_Run__Output>): grpc.ClientUnaryCall;
  createRun(argument: _helium_v1_CreateRunRequest, callback: grpc.requestCallback<_helium_v1_Run__Output>): grpc.ClientUnaryCall;
  
  ExplainRun(argument: _helium_v1_ExplainRunRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_helium_v1_Explanation__Output>): grpc.ClientUnaryCall;
  ExplainRun(argument: _helium_v1_ExplainRunRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_helium_v1_Explanation__Output>): grpc.ClientUnaryCall;
  ExplainRun(argument: _helium_v1_ExplainRunRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_helium_v1_Explanation__Output>): grpc.ClientUnaryCall;
  ExplainRun(argument: _helium_v1_ExplainRunRequest, callback: grpc.requestCallback<_helium_v1_Explanation__Output>): grpc.ClientUnaryCall;
  explainRun(argument: _helium_v1_ExplainRunRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_helium_v1_Explanation__Output>): grpc.ClientUnaryCall;
  explainRun(argument: _helium_v1_ExplainRunRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_helium_v1_Explanation__Output>): grpc.ClientUnaryCall;
  explainRun(argument: _helium_v1_ExplainRunRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_helium_v1_Explanation__Output>): grpc.ClientUnaryCall;
  explainRun(argument: _helium_v1_ExplainRunRequest, callback: grpc.requestCallback<_helium_v1_Explanation__Output>): grpc.ClientUnaryCall;
  
  GetRun(argument: _helium_v1_GetRunRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_helium_v1_Run__Output>): grpc.ClientUnaryCall;
  GetRun(argument: _helium_v1_GetRunRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_helium_v1_Run__Output>): grpc.ClientUnaryCall;
  GetRun(argument: _helium_v1_GetRunRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_helium_v1_Run__Output>): grpc.ClientUnaryCall;
  GetRun(argument: _helium_v1_GetRunRequest, callback: grpc.requestCallback<_helium_v1_Run__Output>): grpc.ClientUnaryCall;
  getRun(argument: _helium_v1_GetRunRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_helium_v1_Run__Output>): grpc.ClientUnaryCall;
  getRun(argument: _helium_v1_GetRunRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_helium_v1_Run__Output>): grpc.ClientUnaryCall;
  getRun(argument: _helium_v1_GetRunRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_helium_v1_Run__Output>): grpc.ClientUnaryCall;
  getRun(argument: _helium_v1_GetRunRequest, callback: grpc.requestCallback<_helium_v1_Run__Output>): grpc.ClientUnaryCall;
  
  ListRuns(argument: _helium_v1_ListRunsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_helium_v1_ListRunsResponse__Output>): grpc.ClientUnaryCall;
  ListRuns(argument: _helium_v1_ListRunsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_helium_v1_ListRunsResponse__Output>): grpc.ClientUnaryCall;
  ListRuns(argument: _helium_v1_ListRunsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_helium_v1_ListRunsResponse__Output>): grpc.ClientUnaryCall;
  ListRuns(argument: _helium_v1_ListRunsRequest, callback: grpc.requestCallback<_helium_v1_ListRunsResponse__Output>): grpc.ClientUnaryCall;
  listRuns(argument: _helium_v1_ListRunsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_helium_v1_ListRunsResponse__Output>): grpc.ClientUnaryCall;
  listRuns(argument: _helium_v1_ListRunsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_helium_v1_ListRunsResponse__Output>): grpc.ClientUnaryCall;
  listRuns(argument: _helium_v1_ListRunsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_helium_v1_ListRunsResponse__Output>): grpc.ClientUnaryCall;
  listRuns(argument: _helium_v1_ListRunsRequest, callback: grpc.requestCallback<_helium_v1_ListRunsResponse__Output>): grpc.ClientUnaryCall;
  
  WatchRun(argument: _helium_v1_WatchRunRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_helium_v1_RunEvent__Output>;
  WatchRun(argument: _helium_v1_WatchRunRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_helium_v1_RunEvent__Output>;
  watchRun(argument: _helium_v1_WatchRunRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_helium_v1_RunEvent__Output>;
  watchRun(argument: _helium_v1_WatchRunRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_helium_v1_RunEvent__Output>;
  
}

export interface RunServiceHandlers extends grpc.UntypedServiceImplementation {
  CancelRun: grpc.handleUnaryCall<_helium_v1_CancelRunRequest__Output, _helium_v1_Run>;
  
  CreateRun: grpc.handleUnaryCall<_helium_v1_CreateRunRequest__Output, _helium_v1_Run>;
  
  ExplainRun: grpc.handleUnaryCall<_helium_v1_ExplainRunRequest__Output, _helium_v1_Explanation>;
  
  GetRun: grpc.handleUnaryCall<_helium_v1_GetRunRequest__Output, _helium_v1_Run>;
  
  ListRuns: grpc.handleUnaryCall<_helium_v1_ListRunsRequest__Output, _helium_v1_ListRunsResponse>;
  
  WatchRun: grpc.handleServerStreamingCall<_helium_v1_WatchRunRequest__Output, _helium_v1_RunEvent>;
  
}

export interface RunServiceDefinition extends grpc.ServiceDefinition {
  CancelRun: MethodDefinition<_helium_v1_CancelRunRequest, _helium_v1_Run, _helium_v1_CancelRunRequest__Output, _helium_v1_Run__Output>
  CreateRun: MethodDefinition<_helium_v1_CreateRunRequest, _helium_v1_Run, _helium_v1_CreateRunRequest__Output, _helium_v1_Run__Output>
  ExplainRun: MethodDefinition<_helium_v1_ExplainRunRequest, _helium_v1_Explanation, _helium_v1_ExplainRunRequest__Output, _helium_v1_Explanation__Output>
  GetRun: MethodDefinition<_helium_v1_GetRunRequest, _helium_v1_Run, _helium_v1_GetRunRequest__Output, _helium_v1_Run__Output>
  ListRuns: MethodDefinition<_helium_v1_ListRunsRequest, _helium_v1_ListRunsResponse, _helium_v1_ListRunsRequest__Output, _helium_v1_ListRunsResponse__Output>
  WatchRun: MethodDefinition<_helium_v1_WatchRunRequest, _helium_v1_RunEvent, _helium_v1_WatchRunRequest__Output, _helium_v1_RunEvent__Output>
}

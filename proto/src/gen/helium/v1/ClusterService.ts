// Original file: helium/v1/cluster.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { Capabilities as _helium_v1_Capabilities, Capabilities__Output as _helium_v1_Capabilities__Output } from '../../helium/v1/Capabilities.ts';
import type { ClearPromptCacheRequest as _helium_v1_ClearPromptCacheRequest, ClearPromptCacheRequest__Output as _helium_v1_ClearPromptCacheRequest__Output } from '../../helium/v1/ClearPromptCacheRequest.ts';
import type { ClearPromptCacheResponse as _helium_v1_ClearPromptCacheResponse, ClearPromptCacheResponse__Output as _helium_v1_ClearPromptCacheResponse__Output } from '../../helium/v1/ClearPromptCacheResponse.ts';
import type { DrainWorkerRequest as _helium_v1_DrainWorkerRequest, DrainWorkerRequest__Output as _helium_v1_DrainWorkerRequest__Output } from '../../helium/v1/DrainWorkerRequest.ts';
import type { GetCapabilitiesRequest as _helium_v1_GetCapabilitiesRequest, GetCapabilitiesRequest__Output as _helium_v1_GetCapabilitiesRequest__Output } from '../../helium/v1/GetCapabilitiesRequest.ts';
import type { GetPromptCacheRequest as _helium_v1_GetPromptCacheRequest, GetPromptCacheRequest__Output as _helium_v1_GetPromptCacheRequest__Output } from '../../helium/v1/GetPromptCacheRequest.ts';
import type { GetResidencyRequest as _helium_v1_GetResidencyRequest, GetResidencyRequest__Output as _helium_v1_GetResidencyRequest__Output } from '../../helium/v1/GetResidencyRequest.ts';
import type { ListWorkersRequest as _helium_v1_ListWorkersRequest, ListWorkersRequest__Output as _helium_v1_ListWorkersRequest__Output } from '../../helium/v1/ListWorkersRequest.ts';
import type { ListWorkersResponse as _helium_v1_ListWorkersResponse, ListWorkersResponse__Output as _helium_v1_ListWorkersResponse__Output } from '../../helium/v1/ListWorkersResponse.ts';
import type { PromptCache as _helium_v1_PromptCache, PromptCache__Output as _helium_v1_PromptCache__Output } from '../../helium/v1/PromptCache.ts';
import type { Residency as _helium_v1_Residency, Residency__Output as _helium_v1_Residency__Output } from '../../helium/v1/Residency.ts';
import type { WarmPrefixRequest as _helium_v1_WarmPrefixRequest, WarmPrefixRequest__Output as _helium_v1_WarmPrefixRequest__Output } from '../../helium/v1/WarmPrefixRequest.ts';
import type { WarmPrefixResponse as _helium_v1_WarmPrefixResponse, WarmPrefixResponse__Output as _helium_v1_WarmPrefixResponse__Output } from '../../helium/v1/WarmPrefixResponse.ts';
import type { Worker as _helium_v1_Worker, Worker__Output as _helium_v1_Worker__Output } from '../../helium/v1/Worker.ts';

export interface ClusterServiceClient extends grpc.Client {
  ClearPromptCache(argument: _helium_v1_ClearPromptCacheRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_helium_v1_ClearPromptCacheResponse__Output>): grpc.ClientUnaryCall;
  ClearPromptCache(argument: _helium_v1_ClearPromptCacheRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_helium_v1_ClearPromptCacheResponse__Output>): grpc.ClientUnaryCall;
  ClearPromptCache(argument: _helium_v1_ClearPromptCacheRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_helium_v1_ClearPromptCacheResponse__Output>): grpc.ClientUnaryCall;
  ClearPromptCache(argument: _helium_v1_ClearPromptCacheRequest, callback: grpc.requestCallback<_helium_v1_ClearPromptCacheResponse__Output>): grpc.ClientUnaryCall;
  clearPromptCache(argument: _helium_v1_ClearPromptCacheRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_helium_v1_ClearPromptCacheResponse__Output>): grpc.ClientUnaryCall;
  clearPromptCache(argument: _helium_v1_ClearPromptCacheRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_helium_v1_ClearPromptCacheResponse__Output>): grpc.ClientUnaryCall;
  clearPromptCache(argument: _helium_v1_ClearPromptCacheRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_helium_v1_ClearPromptCacheResponse__Output>): grpc.ClientUnaryCall;
  clearPromptCache(argument: _helium_v1_ClearPromptCacheRequest, callback: grpc.requestCallback<_helium_v1_ClearPromptCacheResponse__Output>): grpc.ClientUnaryCall;
  
  DrainWorker(argument: _helium_v1_DrainWorkerRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_helium_v1_Worker__Output>): grpc.ClientUnaryCall;
  DrainWorker(argument: _helium_v1_DrainWorkerRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_helium_v1_Worker__Output>): grpc.ClientUnaryCall;
  DrainWorker(argument: _helium_v1_DrainWorkerRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_helium_v1_Worker__Output>): grpc.ClientUnaryCall;
  DrainWorker(argument: _helium_v1_DrainWorkerRequest, callback: grpc.requestCallback<_helium_v1_Worker__Output>): grpc.ClientUnaryCall;
  drainWorker(argument: _helium_v1_DrainWorkerRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_helium_v1_Worker__Output>): grpc.ClientUnaryCall;
  drainWorker(argument: _helium_v1_DrainWorkerRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_helium_v1_Worker__Output>): grpc.ClientUnaryCall;
  drainWorker(argument: _helium_v1_DrainWorkerRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_helium_v1_Worker__Output>): grpc.ClientUnaryCall;
  drainWorker(argument: _helium_v1_DrainWorkerRequest, callback: grpc.requestCallback<_helium_v1_Worker__Output>): grpc.ClientUnaryCall;
  
  GetCapabilities(argument: _helium_v1_GetCapabilitiesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_helium_v1_Capabilities__Output>): grpc.ClientUnaryCall;
  GetCapabilities(argument: _helium_v1_GetCapabilitiesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_helium_v1_Capabilities__Output>): grpc.ClientUnaryCall;
  GetCapabilities(argument: _helium_v1_GetCapabilitiesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_helium_v1_Capabilities__Output>): grpc.ClientUnaryCall;
  GetCapabilities(argument: _helium_v1_GetCapabilitiesRequest, callback: grpc.requestCallback<_helium_v1_Capabilities__Output>): grpc.ClientUnaryCall;
  getCapabilities(argument: _helium_v1_GetCapabilitiesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_helium_v1_Capabilities__Output>): grpc.ClientUnaryCall;
  getCapabilities(argument: _helium_v1_GetCapabilitiesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_helium_v1_Capabilities__Output>): grpc.ClientUnaryCall;
  getCapabilities(argument: _helium_v1_GetCapabilitiesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_helium_v1_Capabilities__Output>): grpc.ClientUnaryCall;
  getCapabilities(argument: _helium_v1_GetCapabilitiesRequest, callback: grpc.requestCallback<_helium_v1_Capabilities__Output>): grpc.ClientUnaryCall;
  
  GetPromptCache(argument: _helium_v1_GetPromptCacheRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_helium_v1_PromptCache__Output>): grpc.ClientUnaryCall;
  GetPromptCache(argument: _helium_v1_GetPromptCacheRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_helium_v1_PromptCache__Output>): grpc.ClientUnaryCall;
  GetPromptCache(argument: _helium_v1_GetPromptCacheRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_helium_v1_PromptCache__Output>): grpc.ClientUnaryCall;
  GetPromptCache(argument: _helium_v1_GetPromptCacheRequest, callback: grpc.requestCallback<_helium_v1_PromptCache__Output>): grpc.ClientUnaryCall;
  getPromptCache(argument: _helium_v1_GetPromptCacheRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_helium_v1_PromptCache__Output>): grpc.ClientUnaryCall;
  getPromptCache(argument: _helium_v1_GetPromptCacheRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_helium_v1_PromptCache__Output>): grpc.ClientUnaryCall;
  getPromptCache(argument: _helium_v1_GetPromptCacheRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_helium_v1_PromptCache__Output>): grpc.ClientUnaryCall;
  getPromptCache(argument: _helium_v1_GetPromptCacheRequest, callback: grpc.requestCallback<_helium_v1_PromptCache__Output>): grpc.ClientUnaryCall;
  
  GetResidency(argument: _helium_v1_GetResidencyRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_helium_v1_Residency__Output>): grpc.ClientUnaryCall;
  GetResidency(argument: _helium_v1_GetResidencyRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_helium_v1_Residency__Output>): grpc.ClientUnaryCall;
  GetResidency(argument: _helium_v1_GetResidencyRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_helium_v1_Residency__Output>): grpc.ClientUnaryCall;
  GetResidency(argument: _helium_v1_GetResidencyRequest, callback: grpc.requestCallback<_helium_v1_Residency__Output>): grpc.ClientUnaryCall;
  getResidency(argument: _helium_v1_GetResidencyRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_helium_v1_Residency__Output>): grpc.ClientUnaryCall;
  getResidency(argument: _helium_v1_GetResidencyRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_helium_v1_Residency__Output>): grpc.ClientUnaryCall;
  getResidency(argument: _helium_v1_GetResidencyRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_helium_v1_Residency__Output>): grpc.ClientUnaryCall;
  getResidency(argument: _helium_v1_GetResidencyRequest, callback: grpc.requestCallback<_helium_v1_Residency__Output>): grpc.ClientUnaryCall;
  
  ListWorkers(argument: _helium_v1_ListWorkersRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_helium_v1_ListWorkersResponse__Output>): grpc.ClientUnaryCall;
  ListWorkers(argument: _helium_v1_ListWorkersRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_helium_v1_ListWorkersResponse__Output>): grpc.ClientUnaryCall;
  ListWorkers(argument: _helium_v1_ListWorkersRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_helium_v1_ListWorkersResponse__Output>): grpc.ClientUnaryCall;
  ListWorkers(argument: _helium_v1_ListWorkersRequest, callback: grpc.requestCallback<_helium_v1_ListWorkersResponse__Output>): grpc.ClientUnaryCall;
  listWorkers(argument: _helium_v1_ListWorkersRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_helium_v1_ListWorkersResponse__Output>): grpc.ClientUnaryCall;
  listWorkers(argument: _helium_v1_ListWorkersRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_helium_v1_ListWorkersResponse__Output>): grpc.ClientUnaryCall;
  listWorkers(argument: _helium_v1_ListWorkersRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_helium_v1_ListWorkersResponse__Output>): grpc.ClientUnaryCall;
  listWorkers(argument: _helium_v1_ListWorkersRequest, callback: grpc.requestCallback<_helium_v1_ListWorkersResponse__Output>): grpc.ClientUnaryCall;
  
  WarmPrefix(argument: _helium_v1_WarmPrefixRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_helium_v1_WarmPrefixResponse__Output>): grpc.ClientUnaryCall;
  WarmPrefix(argument: _helium_v1_WarmPrefixRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_helium_v1_WarmPrefixResponse__Output>): grpc.ClientUnaryCall;
  WarmPrefix(argument: _helium_v1_WarmPrefixRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_helium_v1_WarmPrefixResponse__Output>): grpc.ClientUnaryCall;
  WarmPrefix(argument: _helium_v1_WarmPrefixRequest, callback: grpc.requestCallback<_helium_v1_WarmPrefixResponse__Output>): grpc.ClientUnaryCall;
  warmPrefix(argument: _helium_v1_WarmPrefixRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_helium_v1_WarmPrefixResponse__Output>): grpc.ClientUnaryCall;
  warmPrefix(argument: _helium_v1_WarmPrefixRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_helium_v1_WarmPrefixResponse__Output>): grpc.ClientUnaryCall;
  warmPrefix(argument: _helium_v1_WarmPrefixRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_helium_v1_WarmPrefixResponse__Output>): grpc.ClientUnaryCall;
  warmPrefix(argument: _helium_v1_WarmPrefixRequest, callback: grpc.requestCallback<_helium_v1_WarmPrefixResponse__Output>): grpc.ClientUnaryCall;
  
}

export interface ClusterServiceHandlers extends grpc.UntypedServiceImplementation {
  ClearPromptCache: grpc.handleUnaryCall<_helium_v1_ClearPromptCacheRequest__Output, _helium_v1_ClearPromptCacheResponse>;
  
  DrainWorker: grpc.handleUnaryCall<_helium_v1_DrainWorkerRequest__Output, _helium_v1_Worker>;
  
  GetCapabilities: grpc.handleUnaryCall<_helium_v1_GetCapabilitiesRequest__Output, _helium_v1_Capabilities>;
  
  GetPromptCache: grpc.handleUnaryCall<_helium_v1_GetPromptCacheRequest__Output, _helium_v1_PromptCache>;
  
  GetResidency: grpc.handleUnaryCall<_helium_v1_GetResidencyRequest__Output, _helium_v1_Residency>;
  
  ListWorkers: grpc.handleUnaryCall<_helium_v1_ListWorkersRequest__Output, _helium_v1_ListWorkersResponse>;
  
  WarmPrefix: grpc.handleUnaryCall<_helium_v1_WarmPrefixRequest__Output, _helium_v1_WarmPrefixResponse>;
  
}

export interface ClusterServiceDefinition extends grpc.ServiceDefinition {
  ClearPromptCache: MethodDefinition<_helium_v1_ClearPromptCacheRequest, _helium_v1_ClearPromptCacheResponse, _helium_v1_ClearPromptCacheRequest__Output, _helium_v1_ClearPromptCacheResponse__Output>
  DrainWorker: MethodDefinition<_helium_v1_DrainWorkerRequest, _helium_v1_Worker, _helium_v1_DrainWorkerRequest__Output, _helium_v1_Worker__Output>
  GetCapabilities: MethodDefinition<_helium_v1_GetCapabilitiesRequest, _helium_v1_Capabilities, _helium_v1_GetCapabilitiesRequest__Output, _helium_v1_Capabilities__Output>
  GetPromptCache: MethodDefinition<_helium_v1_GetPromptCacheRequest, _helium_v1_PromptCache, _helium_v1_GetPromptCacheRequest__Output, _helium_v1_PromptCache__Output>
  GetResidency: MethodDefinition<_helium_v1_GetResidencyRequest, _helium_v1_Residency, _helium_v1_GetResidencyRequest__Output, _helium_v1_Residency__Output>
  ListWorkers: MethodDefinition<_helium_v1_ListWorkersRequest, _helium_v1_ListWorkersResponse, _helium_v1_ListWorkersRequest__Output, _helium_v1_ListWorkersResponse__Output>
  WarmPrefix: MethodDefinition<_helium_v1_WarmPrefixRequest, _helium_v1_WarmPrefixResponse, _helium_v1_WarmPrefixRequest__Output, _helium_v1_WarmPrefixResponse__Output>
}

import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { Capabilities as _helium_v1_Capabilities, Capabilities__Output as _helium_v1_Capabilities__Output } from './helium/v1/Capabilities.ts';
import type { ClearPromptCacheRequest as _helium_v1_ClearPromptCacheRequest, ClearPromptCacheRequest__Output as _helium_v1_ClearPromptCacheRequest__Output } from './helium/v1/ClearPromptCacheRequest.ts';
import type { ClearPromptCacheResponse as _helium_v1_ClearPromptCacheResponse, ClearPromptCacheResponse__Output as _helium_v1_ClearPromptCacheResponse__Output } from './helium/v1/ClearPromptCacheResponse.ts';
import type { ClusterServiceClient as _helium_v1_ClusterServiceClient, ClusterServiceDefinition as _helium_v1_ClusterServiceDefinition } from './helium/v1/ClusterService.ts';
import type { DrainWorkerRequest as _helium_v1_DrainWorkerRequest, DrainWorkerRequest__Output as _helium_v1_DrainWorkerRequest__Output } from './helium/v1/DrainWorkerRequest.ts';
import type { GetCapabilitiesRequest as _helium_v1_GetCapabilitiesRequest, GetCapabilitiesRequest__Output as _helium_v1_GetCapabilitiesRequest__Output } from './helium/v1/GetCapabilitiesRequest.ts';
import type { GetPromptCacheRequest as _helium_v1_GetPromptCacheRequest, GetPromptCacheRequest__Output as _helium_v1_GetPromptCacheRequest__Output } from './helium/v1/GetPromptCacheRequest.ts';
import type { GetResidencyRequest as _helium_v1_GetResidencyRequest, GetResidencyRequest__Output as _helium_v1_GetResidencyRequest__Output } from './helium/v1/GetResidencyRequest.ts';
import type { ListWorkersRequest as _helium_v1_ListWorkersRequest, ListWorkersRequest__Output as _helium_v1_ListWorkersRequest__Output } from './helium/v1/ListWorkersRequest.ts';
import type { ListWorkersResponse as _helium_v1_ListWorkersResponse, ListWorkersResponse__Output as _helium_v1_ListWorkersResponse__Output } from './helium/v1/ListWorkersResponse.ts';
import type { Named as _helium_v1_Named, Named__Output as _helium_v1_Named__Output } from './helium/v1/Named.ts';
import type { PromptCache as _helium_v1_PromptCache, PromptCache__Output as _helium_v1_PromptCache__Output } from './helium/v1/PromptCache.ts';
import type { Residency as _helium_v1_Residency, Residency__Output as _helium_v1_Residency__Output } from './helium/v1/Residency.ts';
import type { ResidencyNode as _helium_v1_ResidencyNode, ResidencyNode__Output as _helium_v1_ResidencyNode__Output } from './helium/v1/ResidencyNode.ts';
import type { WarmPrefixRequest as _helium_v1_WarmPrefixRequest, WarmPrefixRequest__Output as _helium_v1_WarmPrefixRequest__Output } from './helium/v1/WarmPrefixRequest.ts';
import type { WarmPrefixResponse as _helium_v1_WarmPrefixResponse, WarmPrefixResponse__Output as _helium_v1_WarmPrefixResponse__Output } from './helium/v1/WarmPrefixResponse.ts';
import type { WarmedWorker as _helium_v1_WarmedWorker, WarmedWorker__Output as _helium_v1_WarmedWorker__Output } from './helium/v1/WarmedWorker.ts';
import type { Worker as _helium_v1_Worker, Worker__Output as _helium_v1_Worker__Output } from './helium/v1/Worker.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  helium: {
    v1: {
      Capabilities: MessageTypeDefinition<_helium_v1_Capabilities, _helium_v1_Capabilities__Output>
      ClearPromptCacheRequest: MessageTypeDefinition<_helium_v1_ClearPromptCacheRequest, _helium_v1_ClearPromptCacheRequest__Output>
      ClearPromptCacheResponse: MessageTypeDefinition<_helium_v1_ClearPromptCacheResponse, _helium_v1_ClearPromptCacheResponse__Output>
      ClusterService: SubtypeConstructor<typeof grpc.Client, _helium_v1_ClusterServiceClient> & { service: _helium_v1_ClusterServiceDefinition }
      DrainWorkerRequest: MessageTypeDefinition<_helium_v1_DrainWorkerRequest, _helium_v1_DrainWorkerRequest__Output>
      GetCapabilitiesRequest: MessageTypeDefinition<_helium_v1_GetCapabilitiesRequest, _helium_v1_GetCapabilitiesRequest__Output>
      GetPromptCacheRequest: MessageTypeDefinition<_helium_v1_GetPromptCacheRequest, _helium_v1_GetPromptCacheRequest__Output>
      GetResidencyRequest: MessageTypeDefinition<_helium_v1_GetResidencyRequest, _helium_v1_GetResidencyRequest__Output>
      ListWorkersRequest: MessageTypeDefinition<_helium_v1_ListWorkersRequest, _helium_v1_ListWorkersRequest__Output>
      ListWorkersResponse: MessageTypeDefinition<_helium_v1_ListWorkersResponse, _helium_v1_ListWorkersResponse__Output>
      Named: MessageTypeDefinition<_helium_v1_Named, _helium_v1_Named__Output>
      PromptCache: MessageTypeDefinition<_helium_v1_PromptCache, _helium_v1_PromptCache__Output>
      Residency: MessageTypeDefinition<_helium_v1_Residency, _helium_v1_Residency__Output>
      ResidencyNode: MessageTypeDefinition<_helium_v1_ResidencyNode, _helium_v1_ResidencyNode__Output>
      WarmPrefixRequest: MessageTypeDefinition<_helium_v1_WarmPrefixRequest, _helium_v1_WarmPrefixRequest__Output>
      WarmPrefixResponse: MessageTypeDefinition<_helium_v1_WarmPrefixResponse, _helium_v1_WarmPrefixResponse__Output>
      WarmedWorker: MessageTypeDefinition<_helium_v1_WarmedWorker, _helium_v1_WarmedWorker__Output>
      Worker: MessageTypeDefinition<_helium_v1_Worker, _helium_v1_Worker__Output>
      WorkerState: EnumTypeDefinition
    }
  }
}


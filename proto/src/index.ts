export { type FieldShape, fieldsOf } from './codec.ts';
export { fileDescriptors } from './file-descriptors.ts';
export type {
  ClusterServiceClient,
  ClusterServiceHandlers,
} from './gen/helium/v1/ClusterService.ts';
export type { RunServiceClient, RunServiceHandlers } from './gen/helium/v1/RunService.ts';
export type { WorkerServiceClient, WorkerServiceHandlers } from './gen/helium/v1/WorkerService.ts';
/** Message types: `wire.X` to send, `wire.X__Output` as received. */
export type * as wire from './gen/messages.ts';
export {
  decodeRpcStatus,
  encodeRpcStatus,
  type RpcStatus,
  STATUS_DETAILS_KEY,
} from './rpc-status.ts';
export { ClusterService, type NamedMethod, RunService, WorkerService } from './services.ts';
export { TlsChannelCredentials } from './tls-channel.ts';
export { decodeLogprobs, encodeLogprobs } from './token-logprobs.ts';

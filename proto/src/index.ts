import { fileURLToPath } from 'node:url';
import { loadPackageDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import type { ProtoGrpcType as ClusterTypes } from './gen/cluster.ts';
import type { ProtoGrpcType as RunTypes } from './gen/run.ts';
import type { ProtoGrpcType as WorkerTypes } from './gen/worker.ts';

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
export { decodeLogprobs, encodeLogprobs } from './token-logprobs.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Must match the options in `scripts generate`: the types describe exactly this. */
export const packageDefinition = loadSync(
  ['run', 'worker', 'cluster'].map((file) => `helium/v1/${file}.proto`),
  {
    includeDirs: [ROOT],
    longs: String,
    enums: String,
    bytes: Buffer,
    defaults: true,
    arrays: true,
    oneofs: true,
  },
);

const loaded = loadPackageDefinition(packageDefinition) as unknown as ClusterTypes &
  RunTypes &
  WorkerTypes;

/** Client constructors, each with its `service` definition: `new RunService(address, credentials)`. */
export const { RunService, WorkerService, ClusterService } = loaded.helium.v1;

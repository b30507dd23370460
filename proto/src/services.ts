import {
  type MethodDefinition,
  makeGenericClientConstructor,
  type ServiceDefinition,
} from '@grpc/grpc-js';
import { codecOf, type MethodShape, methodsOf } from './codec.ts';
import type { ProtoGrpcType as ClusterTypes } from './gen/cluster.ts';
import type { ProtoGrpcType as RunTypes } from './gen/run.ts';
import type { ProtoGrpcType as WorkerTypes } from './gen/worker.ts';

type Services = (ClusterTypes & RunTypes & WorkerTypes)['helium']['v1'];

/** Must match the options in `scripts generate`: the types describe exactly this. */
export const MESSAGE_OPTIONS = {
  longs: String,
  enums: String,
  bytes: Buffer,
  defaults: true,
  arrays: true,
  oneofs: true,
} as const;

/** A method with the full names of its messages. */
export type NamedMethod = MethodDefinition<object, object> & Omit<MethodShape, 'name'>;

function clientOf<Name extends keyof Services>(name: Name): Services[Name] {
  const service = `helium.v1.${name}`;
  const methods = methodsOf(service).map((shape) => [shape.name, methodOf(service, shape)]);
  const definition: ServiceDefinition = Object.fromEntries(methods);
  return makeGenericClientConstructor(definition, name) as unknown as Services[Name];
}

function methodOf(service: string, { name, ...shape }: MethodShape): NamedMethod {
  const request = codecOf<object, object>(shape.request, MESSAGE_OPTIONS);
  const response = codecOf<object, object>(shape.response, MESSAGE_OPTIONS);
  return {
    ...shape,
    path: `/${service}/${name}`,
    originalName: name.charAt(0).toLowerCase() + name.slice(1),
    requestSerialize: request.serialize,
    requestDeserialize: request.deserialize,
    responseSerialize: response.serialize,
    responseDeserialize: response.deserialize,
  };
}

// Client constructors, each with its `service` definition: `new RunService(address, credentials)`.
export const RunService = clientOf('RunService');
export const WorkerService = clientOf('WorkerService');
export const ClusterService = clientOf('ClusterService');

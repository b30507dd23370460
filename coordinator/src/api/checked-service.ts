import type { ServiceDefinition } from '@grpc/grpc-js';
import type { NamedMethod } from '@helium/proto';
import { HeliumError } from '@helium/shared';
import { inspectMessage } from './inspect-message.ts';

const REFUSAL = Symbol('refused request');

/**
 * The service with request decoding that refuses what grpc-js would pass over or answer as an internal
 * error of ours: texts that are not UTF-8, unknown fields, bytes that are no message. A refused request
 * arrives at its handler, which learns of it through `assertAccepted`.
 */
export function checkedService(service: ServiceDefinition): ServiceDefinition {
  const methods = Object.entries(service).map(([name, method]) => [
    name,
    checked(method as NamedMethod),
  ]);
  return Object.fromEntries(methods);
}

/** Throws REQUEST_INVALID or TEXT_INVALID when the request was refused while it was decoded. */
export function assertAccepted(request: object): void {
  if (REFUSAL in request) throw request[REFUSAL];
}

function checked(method: NamedMethod): NamedMethod {
  const name = method.request.replace(/^.*\./, '');
  return {
    ...method,
    requestDeserialize(bytes) {
      const refusal = refusalOf(name, bytes);
      if (refusal !== undefined) return { [REFUSAL]: refusal };
      try {
        return method.requestDeserialize(bytes);
      } catch (cause) {
        const message = `${bytes.length} bytes are no helium.v1.${name}: ${cause}`;
        return { [REFUSAL]: new HeliumError('REQUEST_INVALID', message, { cause }) };
      }
    },
  };
}

function refusalOf(type: string, bytes: Buffer): HeliumError | undefined {
  const faults = inspectMessage(type, bytes);
  const [first] = faults;
  if (first === undefined) return undefined;
  const isText = faults.some((fault) => fault.code === 'TEXT_INVALID');
  const code = isText ? 'TEXT_INVALID' : 'REQUEST_INVALID';
  const place = first.field === '' ? type : first.field;
  return new HeliumError(code, `${place}: ${first.message}`, { faults });
}

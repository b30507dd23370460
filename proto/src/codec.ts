import protobuf from 'protobufjs/light.js';
import schema from './gen/schema.json' with { type: 'json' };

/**
 * Every message and service of the proto files, read from JSON: reading the files themselves, and describing each
 * message to whoever might ask, took proto-loader twice as long, at the start of every program.
 */
const root = protobuf.Root.fromJSON(schema as protobuf.INamespace);

/** Bytes of a message, and back. */
export interface MessageCodec<Sent extends object, Received> {
  serialize(message: Sent): Buffer;
  /** Throws what protobuf throws on bytes that are no such message. */
  deserialize(bytes: Uint8Array): Received;
}

/** The codec of a message by its full name, made at its first use. */
export function codecOf<Sent extends object, Received>(
  name: string,
  options: protobuf.IConversionOptions,
): MessageCodec<Sent, Received> {
  const type = root.lookupType(name);
  return {
    serialize: (message) => type.encode(type.fromObject(message)).finish() as Buffer,
    deserialize: (bytes) => type.toObject(type.decode(bytes), options) as Received,
  };
}

/** A method as the proto file has it; messages by their full names. */
export interface MethodShape {
  readonly name: string;
  readonly request: string;
  readonly response: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
}

export function methodsOf(service: string): MethodShape[] {
  return root.lookupService(service).methodsArray.map((method) => {
    const { name, resolvedRequestType, resolvedResponseType } = method.resolve() as protobuf.Method;
    return {
      name,
      request: nameOf(resolvedRequestType),
      response: nameOf(resolvedResponseType),
      requestStream: method.requestStream === true,
      responseStream: method.responseStream === true,
    };
  });
}

/** What is needed of a field to walk a message's bytes. */
export interface FieldShape {
  /** In camel case. */
  readonly name: string;
  readonly number: number;
  readonly isRepeated: boolean;
  readonly kind: 'text' | 'message' | 'other';
  /** Of kind 'message', but for maps: its full name. */
  readonly message?: string;
  /** Of maps: the fields of an entry, key and value. */
  readonly entry?: readonly FieldShape[];
}

/** The fields of a message by its full name. */
export function fieldsOf(name: string): FieldShape[] {
  return root.lookupType(name).fieldsArray.map(shapeOf);
}

function shapeOf(field: protobuf.Field): FieldShape {
  const { name, id: number } = field;
  if (!(field instanceof protobuf.MapField)) {
    return { name, number, isRepeated: field.repeated, ...contentOf(field) };
  }
  const kind = field.keyType === 'string' ? 'text' : 'other';
  const entry: FieldShape[] = [
    { name: 'key', number: 1, isRepeated: false, kind },
    { name: 'value', number: 2, isRepeated: false, ...contentOf(field) },
  ];
  return { name, number, isRepeated: true, kind: 'message', entry };
}

function contentOf(field: protobuf.FieldBase): Pick<FieldShape, 'kind' | 'message'> {
  const { type, resolvedType } = field.resolve() as protobuf.Field;
  if (resolvedType instanceof protobuf.Type) {
    return { kind: 'message', message: nameOf(resolvedType) };
  }
  return { kind: type === 'string' ? 'text' : 'other' };
}

/** protobufjs begins them with a dot. */
function nameOf(type: protobuf.Type | null): string {
  if (type === null) throw new Error('the proto files name a message that is not there');
  return type.fullName.slice(1);
}

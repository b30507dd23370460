import { packageDefinition } from '@helium/proto';
import { invariant } from '@helium/shared';

/** What is needed of a proto message to walk its bytes: fields by number. */
export type MessageSchema = ReadonlyMap<number, FieldSchema>;

export interface FieldSchema {
  /** As in the proto file. */
  readonly name: string;
  readonly repeated: boolean;
  readonly kind: 'text' | 'message' | 'other';
  /** Of kind 'message'. */
  readonly message: () => MessageSchema;
  /** An entry of a map: key and value are fields 1 and 2. */
  readonly map: boolean;
}

interface FieldDescriptor {
  readonly name: string;
  readonly number: number;
  readonly label: string;
  readonly type: string;
  readonly typeName: string;
}

interface MessageDescriptor {
  readonly name: string;
  readonly field: readonly FieldDescriptor[];
  readonly nestedType: readonly MessageDescriptor[];
}

const PACKAGE = 'helium.v1';
const schemas = new Map<string, MessageSchema>();

/** The schema of a message of helium.v1 by its short name. */
export function messageSchema(name: string): MessageSchema {
  const known = schemas.get(name);
  if (known !== undefined) return known;
  const definition = packageDefinition[`${PACKAGE}.${name}`] ?? packageDefinition[name];
  invariant(definition !== undefined && 'type' in definition, `no proto message ${name}`);
  const schema = schemaOf(definition.type as MessageDescriptor);
  schemas.set(name, schema);
  return schema;
}

function schemaOf(descriptor: MessageDescriptor): MessageSchema {
  const entries = descriptor.field.map((field): [number, FieldSchema] => {
    const nested = descriptor.nestedType.find((type) => type.name === field.typeName);
    const kind = { TYPE_STRING: 'text', TYPE_MESSAGE: 'message' } as const;
    return [
      field.number,
      {
        name: field.name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
        repeated: field.label === 'LABEL_REPEATED',
        kind: kind[field.type as keyof typeof kind] ?? 'other',
        message: () => (nested ? schemaOf(nested) : messageSchema(field.typeName)),
        map: nested !== undefined,
      },
    ];
  });
  return new Map(entries);
}

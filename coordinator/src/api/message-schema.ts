import { type FieldShape, fieldsOf } from '@helium/proto';

/** What is needed of a proto message to walk its bytes: fields by number. */
export type MessageSchema = ReadonlyMap<number, FieldSchema>;

export interface FieldSchema {
  /** As in the proto file. */
  readonly name: string;
  readonly repeated: boolean;
  readonly kind: 'text' | 'message' | 'other';
  /** Of kind 'message'. */
  readonly message: () => MessageSchema;
}

const schemas = new Map<string, MessageSchema>();

/** The schema of a message by its full name. */
export function messageSchema(name: string): MessageSchema {
  const known = schemas.get(name);
  if (known !== undefined) return known;
  const schema = schemaOf(fieldsOf(name));
  schemas.set(name, schema);
  return schema;
}

function schemaOf(fields: readonly FieldShape[]): MessageSchema {
  return new Map(fields.map((field) => [field.number, fieldSchema(field)]));
}

function fieldSchema({ name, isRepeated, kind, message = '', entry }: FieldShape): FieldSchema {
  const inside = entry === undefined ? undefined : schemaOf(entry);
  return {
    name: name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    repeated: isRepeated,
    kind,
    message: () => inside ?? messageSchema(message),
  };
}

import { packageDefinition } from './proto-loader.fixture.ts';

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

/** Messages inside themselves (a map's body) end here. */
const DEPTH_MAX = 4;

/**
 * A message of helium.v1 with every field set to a value of its own: numbers by field number, texts by
 * field name. Of a oneof all members are set, for their numbers are what is kept.
 */
export function sampleOf(name: string, depth = 0): Record<string, unknown> {
  return sample(descriptorOf(name), depth);
}

function sample(message: MessageDescriptor, depth: number): Record<string, unknown> {
  const entries = message.field.map((field): [string, unknown] => {
    const nested = message.nestedType.find((type) => type.name === field.typeName);
    if (nested !== undefined) {
      const { key, value } = sample(nested, depth + 1);
      return [field.name, { [String(key)]: value }];
    }
    const value = sampleValue(field, depth);
    const isRepeated = field.label === 'LABEL_REPEATED';
    return [field.name, isRepeated && value !== undefined ? [value] : value];
  });
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

function sampleValue(field: FieldDescriptor, depth: number): unknown {
  switch (field.type) {
    case 'TYPE_STRING':
      return field.name;
    case 'TYPE_BYTES':
      return Buffer.from([field.number, 255]);
    case 'TYPE_BOOL':
      return true;
    case 'TYPE_DOUBLE':
    case 'TYPE_FLOAT':
      return field.number + 0.5;
    case 'TYPE_ENUM':
      return 1;
    case 'TYPE_MESSAGE':
      return depth < DEPTH_MAX ? sampleOf(field.typeName, depth + 1) : undefined;
    default:
      return 1000 + field.number;
  }
}

function descriptorOf(name: string): MessageDescriptor {
  const definition = packageDefinition[`helium.v1.${name}`] ?? packageDefinition[name];
  if (definition === undefined) throw new Error(`no message ${name}`);
  return definition.type as unknown as MessageDescriptor;
}

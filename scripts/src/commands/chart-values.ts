import { parse } from 'yaml';

/** What is read of a JSON schema. */
interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
}

type Values = Readonly<Record<string, unknown>> | undefined;

/** In place of a name that the writer of the values chooses, and whose defaults stand for all. */
const ANY = { place: 'POOL', example: 'default' };

/**
 * A row for every value of a chart that has no values of its own: key, what it accepts, default and meaning, in the
 * order of the schema. `schema` and `values` are the texts of values.schema.json and values.yaml.
 */
export function chartValueRows(schema: string, values: string): string[][] {
  return rowsOf(JSON.parse(schema) as Schema, parse(values) as Values, '');
}

function rowsOf(schema: Schema, values: Values, at: string): string[][] {
  const named = Object.entries(schema.properties ?? {}).map(([key, value]) => ({
    key,
    value,
    preset: values?.[key],
  }));
  const open = Object.values(schema.patternProperties ?? {}).map((value) => ({
    key: ANY.place,
    value,
    preset: values?.[ANY.example],
  }));
  return [...named, ...open].flatMap(({ key, value, preset }) => {
    const path = at === '' ? key : `${at}.${key}`;
    const isBranch = value.properties !== undefined || value.patternProperties !== undefined;
    if (isBranch) return rowsOf(value, preset as Values, path);
    return [
      [
        `\`${path}\``,
        accepted(value),
        preset === undefined ? '' : shown(preset),
        value.description ?? '',
      ],
    ];
  });
}

function accepted({ type, enum: choices, minimum, maximum }: Schema): string {
  if (choices !== undefined) return choices.map((choice) => shown(choice)).join(' | ');
  if (minimum === undefined) return type ?? '';
  return maximum === undefined ? `${minimum} and more` : `${minimum} … ${maximum}`;
}

function shown(value: unknown): string {
  return value === '' ? '`""`' : `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}

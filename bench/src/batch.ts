import type { Workflow } from '@helium/client';
import { EXAMPLES, type Example } from '@helium/examples';
import { HeliumError, parseWholeNumber } from '@helium/shared';

/** A workflow with the rows it runs on. */
export interface Batch {
  readonly workflow: Workflow;
  readonly rows: readonly Readonly<Record<string, string>>[];
}

export interface NamedExample {
  readonly name: string;
  readonly example: Example;
}

/** Examples by their names, comma-separated; all where there is no list. Throws OPTIONS_INVALID. */
export function chooseExamples(list: string | undefined): readonly NamedExample[] {
  const known = Object.keys(EXAMPLES);
  const names = list === undefined ? known : list.split(',');
  return names.map((name) => {
    const example = EXAMPLES[name];
    if (example !== undefined) return { name, example };
    const text = `--examples: "${name}" is not one of ${known.join(', ')}`;
    throw new HeliumError('OPTIONS_INVALID', text);
  });
}

/** The first `count` rows of an example. Throws OPTIONS_INVALID where it has fewer. */
export async function exampleBatch({ name, example }: NamedExample, count: number): Promise<Batch> {
  const rows = await example.rows(count);
  if (rows.length === count) return { workflow: example.workflow, rows };
  const text = `--rows: example "${name}" has ${rows.length} rows, this takes ${count}`;
  throw new HeliumError('OPTIONS_INVALID', text);
}

/** A whole number from `min`. Throws OPTIONS_INVALID by the option's name. */
export function parseCount(option: string, value: string, min = 1): number {
  const count = parseWholeNumber(value, min);
  if (count !== undefined) return count;
  const text = `--${option}: "${value}" is not a whole number from ${min}`;
  throw new HeliumError('OPTIONS_INVALID', text);
}

import type { wire } from '@helium/proto';
import { operatorIdOf } from '../dsl/operator-id.ts';
import type { Workflow } from '../dsl/workflow.ts';
import { parseDefaults, parseLlm } from './parse-llm.ts';
import { type InnerParsers, parseCond, parseList, parseLoop } from './parse-runtime.ts';
import { parseText } from './references.ts';
import { type Place, YamlReader } from './yaml-reader.ts';

const KINDS = ['input', 'constant', 'llm', 'format', 'fn', 'map', 'cond', 'loop'] as const;
const FN_FIELDS = ['fn', 'args', 'pure'] as const;
const MAP_FIELDS = ['items', 'list', 'as', 'operators', 'result', 'separator'] as const;

/**
 * A workflow from YAML or JSON (docs/guides/write-a-workflow.md has the form). References in texts are
 * `{{operator}}`. Throws WORKFLOW_INVALID with every fault, each with line and column; what only the
 * coordinator can judge (cycles, limits, models) is left to it.
 */
export function parseWorkflow(source: string, file: string): Workflow {
  const reader = new YamlReader(source, file);
  const fields = reader.fields(reader.root, ['name', 'defaults', 'operators', 'outputs']);
  const name = reader.text(fields.name, file.replace(/^.*\/|\.[^.]*$/g, ''));
  const defaults =
    fields.defaults === undefined ? undefined : parseDefaults(reader, fields.defaults);
  const operators =
    fields.operators === undefined ? [] : parseOperators(reader, fields.operators, defaults ?? {});
  if (fields.operators === undefined) reader.fault(reader.root, 'needs operators');
  const outputs: string[] = [];
  const named = fields.outputs === undefined ? [] : reader.entries(fields.outputs);
  for (const [i, [name, place]] of named.entries()) {
    outputs.push(name);
    const id = operatorIdOf(`output.${name}`, 'output', i);
    operators.push({ id, output: { name, value: reader.text(place) } });
  }
  if (outputs.length === 0)
    reader.fault(fields.outputs ?? reader.root, 'needs at least one output');
  reader.finish();
  const message = { name, operators, ...(defaults === undefined ? {} : { defaults }) };
  const inputs = operators.flatMap((o) => (o.input?.field === undefined ? [] : [o.input.field]));
  return Object.freeze({ name, inputs, outputs, message });
}

function parseOperators(
  reader: YamlReader,
  place: Place,
  defaults: wire.LlmDefaults,
): wire.Operator[] {
  return reader
    .entries(place)
    .map(([id, body]) => ({ id, ...parseOperator(reader, body, defaults) }));
}

function parseOperator(
  reader: YamlReader,
  place: Place,
  defaults: wire.LlmDefaults,
): wire.Operator {
  const entries = reader.entries(place);
  const kind = KINDS.find((k) => entries.some(([key]) => key === k));
  const body = entries.find(([key]) => key === kind)?.[1];
  if (kind === undefined || body === undefined) {
    const has = entries.length === 0 ? 'nothing' : entries.map(([key]) => key).join(', ');
    reader.fault(place, `needs one of ${KINDS.join(', ')}; has ${has}`);
    return {};
  }
  const allowed: readonly string[] = kind === 'fn' ? FN_FIELDS : [kind];
  for (const [key, value] of entries) {
    if (!allowed.includes(key)) reader.fault(value, `does not go with ${kind}`);
  }
  switch (kind) {
    case 'input':
      return { input: { field: reader.text(body) } };
    case 'constant':
      return { constant: { text: reader.text(body) } };
    case 'format':
      return { format: { content: parseText(reader, body) } };
    case 'llm':
      return { llm: parseLlm(reader, body, defaults) };
    case 'fn':
      return { function: parseFunction(reader, place) };
    case 'map':
      return { map: parseMap(reader, body, defaults) };
    case 'cond':
      return { cond: parseCond(reader, body, innerParsers(reader, defaults)) };
    case 'loop':
      return { loop: parseLoop(reader, body, innerParsers(reader, defaults)) };
  }
}

function parseFunction(reader: YamlReader, place: Place): wire.FunctionOperator {
  const f = reader.fields(place, FN_FIELDS);
  const args = f.args === undefined ? [] : reader.entries(f.args);
  return {
    name: reader.text(f.fn),
    pure: reader.boolean(f.pure, true),
    args: args.map(([name, value]) => ({ name, value: parseText(reader, value) })),
  };
}

function parseMap(reader: YamlReader, place: Place, defaults: wire.LlmDefaults): wire.MapOperator {
  const f = reader.fields(place, MAP_FIELDS);
  for (const needed of ['as', 'operators', 'result'] as const) {
    if (f[needed] === undefined) reader.fault(place, `needs ${needed}`);
  }
  if ((f.items === undefined) === (f.list === undefined)) {
    reader.fault(place, 'needs items or a list, one of them');
  }
  return {
    items: f.items === undefined ? [] : reader.items(f.items).map((item) => reader.text(item)),
    item: reader.text(f.as),
    body: f.operators === undefined ? [] : parseOperators(reader, f.operators, defaults),
    result: reader.text(f.result),
    separator: reader.text(f.separator, '\n'),
    ...(f.list === undefined
      ? {}
      : { list: parseList(reader, f.list, innerParsers(reader, defaults)) }),
  };
}

function innerParsers(reader: YamlReader, defaults: wire.LlmDefaults): InnerParsers {
  return {
    operators: (place) => parseOperators(reader, place, defaults),
    text: (place) => parseText(reader, place),
  };
}

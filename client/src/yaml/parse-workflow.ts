import type { wire } from '@helium/proto';
import { ROLES } from '../dsl/llm-message.ts';
import { NOT_ZERO } from '../dsl/whole-number.ts';
import type { Workflow } from '../dsl/workflow.ts';
import { type InnerParsers, parseCond, parseList, parseLoop } from './parse-runtime.ts';
import { parseReferences } from './references.ts';
import { type Place, YamlReader } from './yaml-reader.ts';

const KINDS = ['input', 'constant', 'llm', 'format', 'fn', 'map', 'cond', 'loop'] as const;
const FN_FIELDS = ['fn', 'args', 'pure'] as const;
const LLM_FIELDS = [
  'model',
  'system',
  'user',
  'messages',
  'temperature',
  'top_k',
  'top_p',
  'min_p',
  'repetition_penalty',
  'presence_penalty',
  'frequency_penalty',
  'seed',
  'max_tokens',
  'stop',
  'stop_tokens',
  'schema',
  'logprobs',
  'samples',
  'expected_tokens',
] as const;
const MAP_FIELDS = ['items', 'list', 'as', 'operators', 'result', 'separator'] as const;

/**
 * A workflow from YAML or JSON (docs/guides/write-a-workflow.md has the form). References in texts are
 * `{{operator}}`. Throws WORKFLOW_INVALID with every fault, each with line and column; what only the
 * coordinator can judge (cycles, limits, models) is left to it.
 */
export function parseWorkflow(source: string, file: string): Workflow {
  const reader = new YamlReader(source, file);
  const fields = reader.fields(reader.root, ['name', 'operators', 'outputs']);
  const name = reader.text(fields.name, file.replace(/^.*\/|\.[^.]*$/g, ''));
  const operators = fields.operators === undefined ? [] : parseOperators(reader, fields.operators);
  if (fields.operators === undefined) reader.fault(reader.root, 'needs operators');
  const outputs: string[] = [];
  for (const [output, place] of fields.outputs === undefined
    ? []
    : reader.entries(fields.outputs)) {
    outputs.push(output);
    operators.push({ id: `output.${output}`, output: { name: output, value: reader.text(place) } });
  }
  if (outputs.length === 0)
    reader.fault(fields.outputs ?? reader.root, 'needs at least one output');
  reader.finish();
  const inputs = operators.flatMap((o) => (o.input?.field === undefined ? [] : [o.input.field]));
  return Object.freeze({ name, inputs, outputs, message: { name, operators } });
}

function parseOperators(reader: YamlReader, place: Place): wire.Operator[] {
  return reader.entries(place).map(([id, body]) => ({ id, ...parseOperator(reader, body) }));
}

function parseOperator(reader: YamlReader, place: Place): wire.Operator {
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
      return { format: { content: references(reader, body) } };
    case 'llm':
      return { llm: parseLlm(reader, body) };
    case 'fn':
      return { function: parseFunction(reader, place) };
    case 'map':
      return { map: parseMap(reader, body) };
    case 'cond':
      return { cond: parseCond(reader, body, innerParsers(reader)) };
    case 'loop':
      return { loop: parseLoop(reader, body, innerParsers(reader)) };
  }
}

function parseLlm(reader: YamlReader, place: Place): wire.LlmOperator {
  const f = reader.fields(place, LLM_FIELDS);
  const items = (list: Place | undefined) => (list === undefined ? [] : reader.items(list));
  const message = (role: wire.Role, content: Place): wire.MessageTemplate => ({
    role,
    content: references(reader, content),
  });
  const messages = [
    ...(f.system === undefined ? [] : [message('ROLE_SYSTEM', f.system)]),
    ...(f.messages === undefined
      ? []
      : reader.items(f.messages).map((m) => parseMessage(reader, m))),
    ...(f.user === undefined ? [] : [message('ROLE_USER', f.user)]),
  ];
  return {
    model: reader.text(f.model),
    messages,
    ...parseSampling(reader, f),
    maxTokens: reader.count(f.max_tokens, 1),
    stop: items(f.stop).map((s) => reader.text(s)),
    expectedTokens: reader.count(f.expected_tokens, 1),
    stopTokens: items(f.stop_tokens).map((token) => reader.count(token, 0)),
    outputSchema: f.schema === undefined ? '' : JSON.stringify(reader.value(f.schema)),
    ...(f.logprobs === undefined ? {} : { logprobs: reader.count(f.logprobs, 0) }),
    samples: reader.count(f.samples, 1),
  };
}

const SAMPLING_FIELDS = {
  temperature: 'temperature',
  topK: 'top_k',
  topP: 'top_p',
  minP: 'min_p',
  repetitionPenalty: 'repetition_penalty',
  presencePenalty: 'presence_penalty',
  frequencyPenalty: 'frequency_penalty',
} as const satisfies Partial<Record<keyof wire.Sampling, (typeof LLM_FIELDS)[number]>>;

/** Absent unless one of its fields is written. */
function parseSampling(
  reader: YamlReader,
  f: Partial<Record<(typeof LLM_FIELDS)[number], Place>>,
): { sampling?: wire.Sampling } {
  const names = Object.entries(SAMPLING_FIELDS);
  if (f.seed === undefined && names.every(([, name]) => f[name] === undefined)) return {};
  const numbers = names.map(([field, name]) => [
    field,
    field === 'topK' ? reader.count(f[name], 0) : reader.number(f[name], 0),
  ]);
  for (const [field, taken] of Object.entries(NOT_ZERO)) {
    reader.refuseZero(f[SAMPLING_FIELDS[field as keyof typeof NOT_ZERO]], taken);
  }
  const seed = f.seed === undefined ? {} : { seed: reader.seed(f.seed) };
  return { sampling: { ...Object.fromEntries(numbers), ...seed } };
}

function parseMessage(reader: YamlReader, place: Place): wire.MessageTemplate {
  const f = reader.fields(place, ['role', 'content']);
  const role = reader.text(f.role);
  if (!(role in ROLES))
    reader.fault(f.role ?? place, `role is one of ${Object.keys(ROLES).join(', ')}; is "${role}"`);
  const content = f.content === undefined ? [] : references(reader, f.content);
  return { role: ROLES[role as keyof typeof ROLES] ?? 'ROLE_UNSPECIFIED', content };
}

function parseFunction(reader: YamlReader, place: Place): wire.FunctionOperator {
  const f = reader.fields(place, FN_FIELDS);
  const args = f.args === undefined ? [] : reader.entries(f.args);
  return {
    name: reader.text(f.fn),
    pure: reader.boolean(f.pure, true),
    args: args.map(([name, value]) => ({ name, value: references(reader, value) })),
  };
}

function parseMap(reader: YamlReader, place: Place): wire.MapOperator {
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
    body: f.operators === undefined ? [] : parseOperators(reader, f.operators),
    result: reader.text(f.result),
    separator: reader.text(f.separator, '\n'),
    ...(f.list === undefined ? {} : { list: parseList(reader, f.list, innerParsers(reader)) }),
  };
}

function innerParsers(reader: YamlReader): InnerParsers {
  return {
    operators: (place) => parseOperators(reader, place),
    text: (place) => references(reader, place),
  };
}

function references(reader: YamlReader, place: Place): wire.Segment[] {
  return parseReferences(reader.text(place), (message) => reader.fault(place, message));
}

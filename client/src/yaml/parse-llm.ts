import type { wire } from '@helium/proto';
import { ROLES } from '../dsl/llm-message.ts';
import { NOT_ZERO } from '../dsl/whole-number.ts';
import { parseText } from './references.ts';
import type { Place, YamlReader } from './yaml-reader.ts';

const SAMPLING_FIELDS = {
  temperature: 'temperature',
  topK: 'top_k',
  topP: 'top_p',
  minP: 'min_p',
  repetitionPenalty: 'repetition_penalty',
  presencePenalty: 'presence_penalty',
  frequencyPenalty: 'frequency_penalty',
} as const satisfies Partial<Record<keyof wire.Sampling, string>>;

const SAMPLING_NAMES = Object.values(SAMPLING_FIELDS);
const DEFAULTS_FIELDS = ['model', ...SAMPLING_NAMES, 'seed', 'max_tokens'] as const;
const LLM_FIELDS = [
  'model',
  'system',
  'user',
  'messages',
  ...SAMPLING_NAMES,
  'seed',
  'max_tokens',
  'stop',
  'stop_tokens',
  'schema',
  'logprobs',
  'samples',
  'expected_tokens',
] as const;

type SamplingPlaces = Partial<Record<(typeof DEFAULTS_FIELDS)[number], Place>>;

/** What the LLM operators of a workflow take that do not say it themselves. */
export function parseDefaults(reader: YamlReader, place: Place): wire.LlmDefaults {
  const f = reader.fields(place, DEFAULTS_FIELDS);
  return {
    model: reader.text(f.model),
    ...parseSampling(reader, f, {}),
    maxTokens: reader.count(f.max_tokens, 1),
  };
}

/** A call. Of the sampling in `defaults` it keeps what it does not write itself. */
export function parseLlm(
  reader: YamlReader,
  place: Place,
  defaults: wire.LlmDefaults,
): wire.LlmOperator {
  const f = reader.fields(place, LLM_FIELDS);
  const items = (list: Place | undefined) => (list === undefined ? [] : reader.items(list));
  const message = (role: wire.Role, content: Place): wire.MessageTemplate => ({
    role,
    content: parseText(reader, content),
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
    ...parseSampling(reader, f, defaults),
    maxTokens: reader.count(f.max_tokens, 1),
    stop: items(f.stop).map((s) => reader.text(s)),
    expectedTokens: reader.count(f.expected_tokens, 1),
    stopTokens: items(f.stop_tokens).map((token) => reader.count(token, 0)),
    outputSchema: f.schema === undefined ? '' : JSON.stringify(reader.value(f.schema)),
    ...(f.logprobs === undefined ? {} : { logprobs: reader.count(f.logprobs, 0) }),
    samples: reader.count(f.samples, 1),
  };
}

/** Absent unless one of its fields is written; then with what the defaults say of the others: it goes as a whole. */
function parseSampling(
  reader: YamlReader,
  f: SamplingPlaces,
  { sampling: defaults }: wire.LlmDefaults,
): { sampling?: wire.Sampling } {
  const names = Object.entries(SAMPLING_FIELDS);
  if (f.seed === undefined && names.every(([, name]) => f[name] === undefined)) return {};
  const written = names.filter(([, name]) => defaults == null || f[name] !== undefined);
  const numbers = written.map(([field, name]) => [
    field,
    field === 'topK' ? reader.count(f[name], 0) : reader.number(f[name], 0),
  ]);
  for (const [field, taken] of Object.entries(NOT_ZERO)) {
    reader.refuseZero(f[SAMPLING_FIELDS[field as keyof typeof NOT_ZERO]], taken);
  }
  const seed = f.seed === undefined ? {} : { seed: reader.seed(f.seed) };
  return { sampling: { ...defaults, ...Object.fromEntries(numbers), ...seed } };
}

function parseMessage(reader: YamlReader, place: Place): wire.MessageTemplate {
  const f = reader.fields(place, ['role', 'content']);
  const role = reader.text(f.role);
  if (!(role in ROLES))
    reader.fault(f.role ?? place, `role is one of ${Object.keys(ROLES).join(', ')}; is "${role}"`);
  const content = f.content === undefined ? [] : parseText(reader, f.content);
  return { role: ROLES[role as keyof typeof ROLES] ?? 'ROLE_UNSPECIFIED', content };
}

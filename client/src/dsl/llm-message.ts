import type { wire } from '@helium/proto';
import { HeliumError } from '@helium/shared';
import {
  type Keys,
  requireKnown,
  requireList,
  requireText,
  requireTexts,
  requireWord,
} from './require.ts';
import { segmentsOf, type Text } from './text.ts';
import { NOT_ZERO, requireCount, SEEDS, seedDigits } from './whole-number.ts';

export interface LlmOptions {
  /** Short for a leading system message. */
  readonly system?: Text;
  /** Messages in order, after `system`. */
  readonly messages?: readonly LlmMessage[];
  /** Short for a closing user message. */
  readonly user?: Text;
  /** Served model; the workflow's default, else the cluster's only one. */
  readonly model?: string;
  /** The workflow's default where it says nothing, else greedy. */
  readonly sampling?: SamplingOptions;
  /** Output tokens at most: 1 to 131,072; the workflow's default, else 256. */
  readonly maxTokens?: number;
  /** The text ends before the first of these; up to 16 of 1 to 256 characters. */
  readonly stop?: readonly string[];
  /** Ids of the model's tokens that end the text as its own end tokens do; up to 16. */
  readonly stopTokens?: readonly number[];
  /** JSON Schema that the text keeps to; keywords that cannot be kept to are refused by name. */
  readonly schema?: Readonly<Record<string, unknown>>;
  /** Tells each token's log probability, with so many of the likeliest at its place: 0 to 20. */
  readonly logprobs?: number;
  /**
   * Texts for each row, 1 to 64. The handle is all of them, one per line; `sample(handle, i)` is one of them,
   * the text of a call whose seed follows from the seed and i.
   */
  readonly samples?: number;
  /** Guess of mean output tokens, for the first plan. */
  readonly expectedTokens?: number;
}

/** What calls take that do not say it themselves. */
export interface LlmDefaults {
  readonly model?: string;
  /** Field by field: a call's own `temperature` leaves the `seed` that is here. */
  readonly sampling?: SamplingOptions;
  readonly maxTokens?: number;
}

export interface LlmMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: Text;
}

/** How tokens are chosen; limits and defaults are in docs/guides/write-a-workflow.md. */
export interface SamplingOptions {
  /** 0, the default, takes the likeliest token; up to 2. */
  readonly temperature?: number;
  readonly topK?: number;
  readonly topP?: number;
  readonly minP?: number;
  readonly repetitionPenalty?: number;
  readonly presencePenalty?: number;
  readonly frequencyPenalty?: number;
  /** 64 bits, above 2^53 as a bigint. Same seed, same text; without one a text drawn by chance is drawn anew. */
  readonly seed?: number | bigint;
}

export const ROLES = {
  system: 'ROLE_SYSTEM',
  user: 'ROLE_USER',
  assistant: 'ROLE_ASSISTANT',
} as const satisfies Record<LlmMessage['role'], wire.Role>;

const LLM_KEYS: Keys<LlmOptions> = {
  system: true,
  messages: true,
  user: true,
  model: true,
  sampling: true,
  maxTokens: true,
  stop: true,
  stopTokens: true,
  schema: true,
  logprobs: true,
  samples: true,
  expectedTokens: true,
};

const DEFAULTS_KEYS: Keys<LlmDefaults> = { model: true, sampling: true, maxTokens: true };

const SAMPLING_KEYS: Keys<SamplingOptions> = {
  temperature: true,
  topK: true,
  topP: true,
  minP: true,
  repetitionPenalty: true,
  presencePenalty: true,
  frequencyPenalty: true,
  seed: true,
};

/** The wire form of a call. Throws WORKFLOW_INVALID for what the wire would change or leave out. */
export function llmMessage(
  id: string,
  options: LlmOptions,
  defaults: LlmDefaults,
): wire.LlmOperator {
  const where = `operator "${id}"`;
  requireKnown(where, options, LLM_KEYS);
  const { system, user, sampling } = options;
  const messages: LlmMessage[] = [
    ...(system === undefined ? [] : [{ role: 'system' as const, content: system }]),
    ...requireList(`${where}: messages`, options.messages ?? []),
    ...(user === undefined ? [] : [{ role: 'user' as const, content: user }]),
  ];
  if (messages.length === 0) {
    const message = `${where}: needs system, messages or user; has none`;
    throw new HeliumError('WORKFLOW_INVALID', message);
  }
  const count = (field: string, value: number | undefined, min: number) =>
    value === undefined ? 0 : requireCount(`${where}: ${field}`, value, min);
  return {
    model: options.model ?? '',
    messages: messages.map(({ role, content }) => ({
      role: requireWord(`${where}: role`, role, ROLES),
      content: [...segmentsOf(content, ` in ${where}`)],
    })),
    ...(sampling === undefined
      ? {}
      : { sampling: samplingMessage(where, sampling, defaults.sampling) }),
    maxTokens: count('maxTokens', options.maxTokens, 1),
    stop: requireTexts(`${where}: stop`, options.stop ?? []),
    expectedTokens: count('expectedTokens', options.expectedTokens, 1),
    stopTokens: requireList(`${where}: stopTokens`, options.stopTokens ?? []).map((token) =>
      count('stopTokens', token, 0),
    ),
    outputSchema: options.schema === undefined ? '' : JSON.stringify(options.schema),
    ...(options.logprobs === undefined ? {} : { logprobs: count('logprobs', options.logprobs, 0) }),
    samples: count('samples', options.samples, 1),
  };
}

/** The wire form of a workflow's defaults. Throws WORKFLOW_INVALID for what the wire would change or leave out. */
export function defaultsMessage(where: string, defaults: LlmDefaults): wire.LlmDefaults {
  requireKnown(where, defaults, DEFAULTS_KEYS);
  const { model = '', sampling, maxTokens } = defaults;
  return {
    model: requireText(`${where}: model`, model),
    ...(sampling === undefined ? {} : { sampling: samplingMessage(where, sampling) }),
    maxTokens: maxTokens === undefined ? 0 : requireCount(`${where}: maxTokens`, maxTokens, 1),
  };
}

/** Of a call's own options over the workflow's: on the wire a sampling is a whole. */
function samplingMessage(
  where: string,
  own: SamplingOptions,
  defaults: SamplingOptions = {},
): wire.Sampling {
  requireKnown(`${where}: sampling`, own, SAMPLING_KEYS);
  const written = Object.entries(own).filter(([, value]) => value !== undefined);
  const sampling: SamplingOptions = { ...defaults, ...Object.fromEntries(written) };
  const seed = sampling.seed === undefined ? undefined : seedDigits(sampling.seed);
  if (sampling.seed !== undefined && seed === undefined) {
    const message = `${where}: seed is ${sampling.seed}, ${SEEDS}, above 2^53 as a bigint`;
    throw new HeliumError('WORKFLOW_INVALID', message);
  }
  for (const [field, taken] of Object.entries(NOT_ZERO)) {
    if (sampling[field as keyof typeof NOT_ZERO] !== 0) continue;
    throw new HeliumError('WORKFLOW_INVALID', `${where}: ${field} is 0, ${taken}`);
  }
  return {
    temperature: sampling.temperature ?? 0,
    topK: requireCount(`${where}: topK`, sampling.topK ?? 0, 0),
    topP: sampling.topP ?? 0,
    minP: sampling.minP ?? 0,
    repetitionPenalty: sampling.repetitionPenalty ?? 0,
    presencePenalty: sampling.presencePenalty ?? 0,
    frequencyPenalty: sampling.frequencyPenalty ?? 0,
    ...(seed === undefined ? {} : { seed }),
  };
}

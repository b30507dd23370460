import type { Canonical, Sampling } from '@helium/shared';

/** Everything but model and messages that decides the answer of a call. */
export interface Decoding {
  readonly sampling: Sampling;
  readonly maxTokens: number;
  readonly stop: readonly string[];
  /** Ids that end the text as the model's end tokens do; ascending, distinct. */
  readonly stopTokens?: readonly number[];
  /** JSON Schema that the text keeps to, as JSON text. */
  readonly outputSchema?: string;
  /** Alternatives told with each token's log probability; absent: none are told. */
  readonly logprobs?: number;
}

/** The decoding of an operator or a request, and nothing else of it. */
export function decodingOf(from: Decoding): Decoding {
  const { sampling, maxTokens, stop, stopTokens, outputSchema, logprobs } = from;
  return {
    sampling,
    maxTokens,
    stop,
    ...(stopTokens === undefined ? {} : { stopTokens }),
    ...(outputSchema === undefined ? {} : { outputSchema }),
    ...(logprobs === undefined ? {} : { logprobs }),
  };
}

/**
 * A decoding for keys: equal exactly for those that always give equal answers. What is at its
 * default leaves no trace, so that keys stay when a field is added.
 */
export function encodeDecoding(decoding: Decoding): readonly Canonical[] {
  const { sampling, maxTokens, stop, stopTokens = [], outputSchema, logprobs } = decoding;
  const extras: Canonical[] = [];
  if (stopTokens.length > 0) extras.push(['stopTokens', ...stopTokens]);
  if (outputSchema !== undefined) extras.push(['outputSchema', outputSchema]);
  if (logprobs !== undefined) extras.push(['logprobs', logprobs]);
  return [encodeSampling(sampling), maxTokens, stop, ...extras];
}

/** Sampling as far as it decides the answer: a greedy call has no parameter but its penalties. */
export function encodeSampling(sampling: Sampling): Canonical {
  const { temperature, topK, topP, minP = 0, seed } = sampling;
  const penalties = encodePenalties(sampling);
  if (temperature === 0) return penalties.length === 0 ? 'greedy' : ['greedy', ...penalties];
  const cuts: Canonical[] = minP === 0 ? [] : [['minP', minP]];
  return [temperature, topK, topP, seed ?? null, ...cuts, ...penalties];
}

function encodePenalties(sampling: Sampling): Canonical[] {
  const { repetitionPenalty = 1, presencePenalty = 0, frequencyPenalty = 0 } = sampling;
  const encoded: Canonical[] = [];
  if (repetitionPenalty !== 1) encoded.push(['repetition', repetitionPenalty]);
  if (presencePenalty !== 0) encoded.push(['presence', presencePenalty]);
  if (frequencyPenalty !== 0) encoded.push(['frequency', frequencyPenalty]);
  return encoded;
}

import type { Sampling } from '@helium/shared';
import { parseJsonSchema } from '@helium/shared/json-schema';
import { FIELD_LIMITS } from './limits.ts';
import type { LlmOperator } from './operator.ts';
import { type OperatorCheck, refuse, type Subject, validateText } from './validate-operator.ts';

const SEED_MAX = 2n ** 64n;
const TOP_K_MAX = 2 ** 31 - 1;
const TOKEN_MAX = 2 ** 31 - 1;

/** Checks how an operator's text is to be generated: lengths, sampling, stops and what is told. */
export function validateDecoding(operator: LlmOperator, check: OperatorCheck): void {
  const { outputTokensMax } = check.limits;
  const { logprobsMax, samplesMax } = FIELD_LIMITS;
  const { maxTokens, expectedTokens, logprobs, samples } = operator;
  const { defaults } = check;
  if (maxTokens !== defaults?.maxTokens) validateMaxTokens(maxTokens, operator, check);
  if (expectedTokens !== undefined) {
    validateNumber(expectedTokens, 'expectedTokens', [1, outputTokensMax], true, operator, check);
  }
  if (logprobs !== undefined) {
    validateNumber(logprobs, 'logprobs', [0, logprobsMax], true, operator, check);
  }
  if (samples !== undefined) {
    validateNumber(samples, 'samples', [1, samplesMax], true, operator, check);
  }
  const { sampling } = operator;
  if (sampling !== defaults?.sampling) validateSampling(sampling, operator, check);
  validateStops(operator, check);
  validateStopTokens(operator, check);
  validateOutputSchema(operator, check);
}

/** Records an output length out of its range. */
export function validateMaxTokens(tokens: number, subject: Subject, check: OperatorCheck): void {
  validateNumber(tokens, 'maxTokens', [1, check.limits.outputTokensMax], true, subject, check);
}

/** Records what of a sampling is out of its range. */
export function validateSampling(sampling: Sampling, subject: Subject, check: OperatorCheck): void {
  const { temperatureMax, penaltyMax } = FIELD_LIMITS;
  const { minP = 0, repetitionPenalty = 1, presencePenalty = 0, frequencyPenalty = 0 } = sampling;
  const ranges = {
    temperature: [sampling.temperature, 0, temperatureMax],
    topK: [sampling.topK, 0, TOP_K_MAX],
    topP: [sampling.topP, 0, 1],
    minP: [minP, 0, 1],
    repetitionPenalty: [repetitionPenalty, 1, penaltyMax],
    presencePenalty: [presencePenalty, 0, penaltyMax],
    frequencyPenalty: [frequencyPenalty, 0, penaltyMax],
  } as const;
  for (const [field, [value, min, max]] of Object.entries(ranges)) {
    validateNumber(value, `sampling.${field}`, [min, max], field === 'topK', subject, check);
  }
  const { seed } = sampling;
  if (seed !== undefined && (seed < 0n || seed >= SEED_MAX)) {
    refuse(subject, 'sampling.seed', `seed is ${seed}, takes 0 to ${SEED_MAX - 1n}`, check);
  }
}

function validateStops(operator: LlmOperator, check: OperatorCheck): void {
  const { stopsMax, stopCharactersMax } = FIELD_LIMITS;
  if (operator.stop.length > stopsMax) {
    const message = `has ${operator.stop.length} stop strings, takes up to ${stopsMax}`;
    refuse(operator, 'stop', message, check);
  }
  for (const [i, stop] of operator.stop.entries()) {
    if (stop.length < 1 || stop.length > stopCharactersMax) {
      const message = `stop string has ${stop.length} characters, takes 1 to ${stopCharactersMax}`;
      refuse(operator, `stop[${i}]`, message, check);
    } else {
      validateText(stop, `stop[${i}]`, operator, check);
    }
  }
}

/** Whether the model has a token of that id is known to the worker only; one it lacks never comes. */
function validateStopTokens(operator: LlmOperator, check: OperatorCheck): void {
  const { stopTokensMax } = FIELD_LIMITS;
  const { stopTokens = [] } = operator;
  if (stopTokens.length > stopTokensMax) {
    const message = `has ${stopTokens.length} stop tokens, takes up to ${stopTokensMax}`;
    refuse(operator, 'stopTokens', message, check);
  }
  for (const [i, token] of stopTokens.entries()) {
    validateNumber(token, `stopTokens[${i}]`, [0, TOKEN_MAX], true, operator, check);
  }
}

/** What Helium keeps to of JSON Schema is told by its parser; nothing may end a text before it is whole. */
function validateOutputSchema(operator: LlmOperator, check: OperatorCheck): void {
  const { outputSchema, stop, stopTokens = [] } = operator;
  if (outputSchema === undefined) return;
  const parsed = parseJsonSchema(outputSchema);
  for (const { field, message } of 'faults' in parsed ? parsed.faults : []) {
    refuse(operator, 'outputSchema', `output schema: ${field} ${message}`, check);
  }
  if (stop.length + stopTokens.length === 0) return;
  const message =
    'an output schema and stop strings or tokens, which would cut the text, are both given';
  refuse(operator, 'outputSchema', message, check);
}

/** Records a number out of its range. */
export function validateNumber(
  value: number,
  path: string,
  [min, max]: readonly [number, number],
  whole: boolean,
  subject: Subject,
  check: OperatorCheck,
): void {
  if (value >= min && value <= max && (!whole || Number.isInteger(value))) return;
  const name = path.slice(path.lastIndexOf('.') + 1);
  const kind = whole ? 'whole numbers ' : '';
  refuse(subject, path, `${name} is ${value}, takes ${kind}${min} to ${max}`, check);
}

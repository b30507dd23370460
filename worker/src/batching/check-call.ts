import { type Call, type Fault, HeliumError, isWholeNumber, type Sampling } from '@helium/shared';

/**
 * All faults of a call that its fields alone show, as one OPTIONS_INVALID, or undefined. Messages
 * are the tokenizer's to judge.
 */
export function findCallFault(call: Call): HeliumError | undefined {
  const { temperature, topK, topP, minP = 0 } = call.sampling;
  const faults: Fault[] = [];
  const check = (holds: boolean, field: string, value: number, limit: string) => {
    if (!holds) faults.push({ field, message: `is ${value}, must be ${limit}` });
  };
  check(
    isWholeNumber(call.maxTokens, 1),
    'maxTokens',
    call.maxTokens,
    'a whole number of at least 1',
  );
  check(!Number.isNaN(call.order), 'order', call.order, 'a number');
  const isTemperature = Number.isFinite(temperature) && temperature >= 0;
  check(isTemperature, 'sampling.temperature', temperature, 'at least 0');
  check(isWholeNumber(topK, 0), 'sampling.topK', topK, 'a whole number of at least 0');
  check(topP > 0 && topP <= 1, 'sampling.topP', topP, 'above 0 and at most 1');
  check(minP >= 0 && minP <= 1, 'sampling.minP', minP, '0 to 1');
  checkPenalties(call.sampling, check);
  const { logprobs = 0 } = call;
  check(isWholeNumber(logprobs, 0), 'logprobs', logprobs, 'a whole number of at least 0');
  for (const [i, stop] of call.stop.entries()) {
    if (stop === '') faults.push({ field: `stop[${i}]`, message: 'is empty' });
  }
  if (faults.length === 0) return undefined;
  const list = faults.map(({ field, message }) => `${field} ${message}`).join('; ');
  return new HeliumError('OPTIONS_INVALID', `call "${call.id}": ${list}`, { faults });
}

/** Below their least, tokens would become likelier than the model makes them: no engine looks for these. */
function checkPenalties(
  { repetitionPenalty = 1, presencePenalty = 0, frequencyPenalty = 0 }: Sampling,
  check: (holds: boolean, field: string, value: number, limit: string) => void,
): void {
  const penalties = {
    repetitionPenalty: [repetitionPenalty, 1],
    presencePenalty: [presencePenalty, 0],
    frequencyPenalty: [frequencyPenalty, 0],
  } as const;
  for (const [field, [value, least]] of Object.entries(penalties)) {
    const isPenalty = Number.isFinite(value) && value >= least;
    check(isPenalty, `sampling.${field}`, value, `at least ${least}`);
  }
}

/** What is wrong with the prompt's length (OPTIONS_INVALID, PROMPT_TOO_LONG), or undefined. */
export function findPromptFault(
  prompt: Int32Array,
  contextTokens: number,
): HeliumError | undefined {
  const promptTokens = prompt.length;
  // One token of the context is for the output.
  const limit = contextTokens - 1;
  if (promptTokens === 0) {
    return new HeliumError('OPTIONS_INVALID', 'prompt is 0 tokens, must be at least 1');
  }
  if (promptTokens <= limit) return undefined;
  const message = `prompt is ${promptTokens} tokens, the model takes ${limit}`;
  return new HeliumError('PROMPT_TOO_LONG', message, { details: { promptTokens, limit } });
}

import type { StepMeasurement } from '../engine/engine.ts';
import type { PlannedStep } from './planned-step.ts';
import type { StepOutput } from './step-executor.ts';

/**
 * What a step took, whose tokens have been added; `before`: output tokens of its decoding calls without them. Each token of
 * a decoding call counts as a call, whose context includes the token. A call that was deferred does not count, one that
 * got nothing for another reason does.
 */
export function measureStep(
  { calls, prefetch, decode }: PlannedStep,
  before: readonly number[],
  { deferred, ms }: Pick<StepOutput, 'deferred' | 'ms'>,
): StepMeasurement {
  const chunks = [...calls.map((part) => part.chunk), ...prefetch];
  let decodeCalls = 0;
  let contextTokens = 0;
  for (const [index, { fill, request, outputTokens }] of decode.entries()) {
    if (deferred?.has(fill!.slot)) continue;
    const first = before[index]! + 1;
    for (let output = first; output <= Math.max(first, outputTokens); output++) {
      decodeCalls++;
      contextTokens += request.prompt.length + output;
    }
  }
  return {
    prefillTokens: chunks.reduce((sum, chunk) => sum + chunk.tokens.length, 0),
    decodeCalls,
    contextTokens,
    ms,
  };
}

import type { StepMeasurement } from '../engine/engine.ts';
import type { PlannedStep } from './planned-step.ts';
import type { StepOutput } from './step-executor.ts';

/**
 * What a step took, before its tokens are counted. A decoding call's context includes its new
 * token; one that was deferred does not count.
 */
export function measureStep(
  planned: PlannedStep,
  { deferred, ms }: Pick<StepOutput, 'deferred' | 'ms'>,
): StepMeasurement {
  const { calls, prefetch } = planned;
  const decode = planned.decode.filter(({ fill }) => !deferred?.has(fill!.slot));
  const chunks = [...calls.map((part) => part.chunk), ...prefetch];
  return {
    prefillTokens: chunks.reduce((sum, chunk) => sum + chunk.tokens.length, 0),
    decodeCalls: decode.length,
    contextTokens: decode.reduce(
      (sum, { request, outputTokens }) => sum + request.prompt.length + outputTokens + 1,
      0,
    ),
    ms,
  };
}

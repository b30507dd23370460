import type { StepMeasurement } from '../engine/engine.ts';
import type { PlannedStep } from './planned-step.ts';

/**
 * What a step took, before its tokens are counted. A decoding call's context includes its new
 * token.
 */
export function measureStep(planned: PlannedStep, ms: number): StepMeasurement {
  const { calls, prefetch, decode } = planned;
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

import type { Call, CallId, CallResult, CallUsage } from '@helium/shared';
import { fakeAnswer } from './random-plan.fixture.ts';

/** Of every fake call. */
export const NO_USAGE: CallUsage = {
  promptTokens: 10,
  prefilledTokens: 6,
  reusedTokens: 4,
  outputTokens: 2,
  queueMs: 0,
  prefillMs: 0,
  decodeMs: 0,
};

/** What every fake worker answers. */
export function done(call: Call, decodeMs = 0): CallResult {
  const usage = { ...NO_USAGE, decodeMs };
  return { id: call.id, text: fakeAnswer(call.messages), finish: 'stop', usage };
}

/** And when it does not. */
export function failed(id: CallId): CallResult {
  const error = { code: 'ENGINE_FAILED', message: 'a bit fell over' } as const;
  return { id, text: '', finish: 'error', usage: NO_USAGE, error };
}

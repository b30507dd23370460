import type { Call, CallId, CallResult, CallUsage } from '@helium/shared';
import { fakeAnswer } from './random-plan.fixture.ts';

/** What every call is said to have taken. */
export const NO_USAGE: CallUsage = {
  promptTokens: 10,
  prefilledTokens: 6,
  reusedTokens: 4,
  outputTokens: 2,
  queueMs: 0,
  prefillMs: 0,
  decodeMs: 0,
};

/** The answer of the fake model. */
export function done(call: Call): CallResult {
  return { id: call.id, text: fakeAnswer(call.messages), finish: 'stop', usage: NO_USAGE };
}

/** The end of a call that an engine could not run. */
export function failed(id: CallId): CallResult {
  const error = { code: 'ENGINE_FAILED', message: 'a bit fell over' } as const;
  return { id, text: '', finish: 'error', usage: NO_USAGE, error };
}

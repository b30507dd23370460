import {
  type Call,
  type CallResult,
  type CallUsage,
  type HeliumError,
  NO_USAGE,
} from '@helium/shared';

/** The result of a call that ended with an error; without a text unless some was generated. */
export function errorResult(
  call: Call,
  error: HeliumError,
  text = '',
  usage: CallUsage = NO_USAGE,
): CallResult {
  const { code, message } = error;
  return { id: call.id, text, finish: 'error', usage, error: { code, message } };
}

/** The result of a call that was given up before it began, or whose text is lost. */
export function cancelledResult({ id }: Call): CallResult {
  return { id, text: '', finish: 'cancelled', usage: NO_USAGE };
}

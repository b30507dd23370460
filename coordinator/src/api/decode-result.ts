import { decodeLogprobs, type wire } from '@helium/proto';
import {
  type CallDelta,
  type CallResult,
  type CallUsage,
  callId,
  ERROR_CODES,
  type ErrorCode,
  type FinishReason,
  HeliumError,
  NO_USAGE,
} from '@helium/shared';

const FINISH_REASONS = {
  FINISH_REASON_STOP: 'stop',
  FINISH_REASON_LENGTH: 'length',
  FINISH_REASON_CANCELLED: 'cancelled',
  FINISH_REASON_ERROR: 'error',
} as const satisfies Record<string, FinishReason>;

/** Throws REQUEST_INVALID on a finish that is none. */
export function decodeResult(sent: wire.CallResult__Output): CallResult {
  const finish = FINISH_REASONS[sent.finish as keyof typeof FINISH_REASONS];
  if (finish === undefined) {
    throw new HeliumError('REQUEST_INVALID', `call ${sent.callId}: finish is ${sent.finish}`);
  }
  return {
    id: callId(sent.callId),
    text: sent.text,
    finish,
    usage: decodeUsage(sent.usage),
    ...decodeLogprobs(sent.logprobs),
    ...(finish === 'error' ? { error: decodeError(sent.error) } : {}),
  };
}

export function decodeDelta(sent: wire.CallDelta__Output): CallDelta {
  return { id: callId(sent.callId), offset: sent.offset, text: sent.text, tokens: sent.tokens };
}

function decodeUsage(sent: wire.CallUsage__Output | null): CallUsage {
  if (sent === null) return NO_USAGE;
  const { promptTokens, prefilledTokens, reusedTokens, outputTokens } = sent;
  const [queueMs, prefillMs, decodeMs] = [sent.queueMs, sent.prefillMs, sent.decodeMs].map(Number);
  const times = { queueMs: queueMs ?? 0, prefillMs: prefillMs ?? 0, decodeMs: decodeMs ?? 0 };
  return { promptTokens, prefilledTokens, reusedTokens, outputTokens, ...times };
}

/** A code of a newer worker is kept in the message. */
function decodeError(sent: wire.ErrorInfo__Output | null): { code: ErrorCode; message: string } {
  if (sent === null) return { code: 'ENGINE_FAILED', message: 'the worker gave no reason' };
  const { code, message } = sent;
  if (Object.hasOwn(ERROR_CODES, code)) return { code: code as ErrorCode, message };
  return { code: 'ENGINE_FAILED', message: `${code}: ${message}` };
}

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

/** Throws REQUEST_INVALID on a finish that is none, and on a usage that cannot be. */
export function decodeResult(sent: wire.CallResult__Output, contextTokens: number): CallResult {
  const finish = FINISH_REASONS[sent.finish as keyof typeof FINISH_REASONS];
  if (finish === undefined) {
    throw new HeliumError('REQUEST_INVALID', `call ${sent.callId}: finish is ${sent.finish}`);
  }
  return {
    id: callId(sent.callId),
    text: sent.text,
    finish,
    usage: decodeUsage(sent, contextTokens),
    ...decodeLogprobs(sent.logprobs),
    ...(finish === 'error' ? { error: decodeError(sent.error) } : {}),
  };
}

export function decodeDelta(sent: wire.CallDelta__Output): CallDelta {
  return { id: callId(sent.callId), offset: sent.offset, text: sent.text, tokens: sent.tokens };
}

/** Tenants are charged and workers judged by it. */
function decodeUsage(
  { callId: call, usage }: wire.CallResult__Output,
  contextTokens: number,
): CallUsage {
  if (usage === null) return NO_USAGE;
  const { promptTokens, prefilledTokens, reusedTokens, outputTokens } = usage;
  for (const [name, tokens] of Object.entries({
    prompt_tokens: promptTokens,
    prefilled_tokens: prefilledTokens,
    reused_tokens: reusedTokens,
    output_tokens: outputTokens,
  })) {
    if (tokens <= contextTokens) continue;
    const message = `call ${call}: ${name} is ${tokens}, the context has ${contextTokens}`;
    throw new HeliumError('REQUEST_INVALID', message);
  }
  return {
    promptTokens,
    prefilledTokens,
    reusedTokens,
    outputTokens,
    queueMs: decodeMs(usage.queueMs, `call ${call}: queue_ms`),
    prefillMs: decodeMs(usage.prefillMs, `call ${call}: prefill_ms`),
    decodeMs: decodeMs(usage.decodeMs, `call ${call}: decode_ms`),
  };
}

/** Throws REQUEST_INVALID on what is no length of time. */
export function decodeMs(sent: number | string, field: string): number {
  const ms = Number(sent);
  if (ms >= 0 && Number.isFinite(ms)) return ms;
  throw new HeliumError('REQUEST_INVALID', `${field} is ${sent}`);
}

/** A code of a newer worker is kept in the message. */
function decodeError(sent: wire.ErrorInfo__Output | null): { code: ErrorCode; message: string } {
  if (sent === null) return { code: 'ENGINE_FAILED', message: 'the worker gave no reason' };
  const { code, message } = sent;
  if (Object.hasOwn(ERROR_CODES, code)) return { code: code as ErrorCode, message };
  return { code: 'ENGINE_FAILED', message: `${code}: ${message}` };
}

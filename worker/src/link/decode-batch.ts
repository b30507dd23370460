import type { wire } from '@helium/proto';
import {
  type Call,
  type ChatMessage,
  callId,
  GREEDY,
  HeliumError,
  type Role,
  type Sampling,
} from '@helium/shared';
import type { TextStore } from './text-store.ts';

const ROLES = {
  ROLE_SYSTEM: 'system',
  ROLE_USER: 'user',
  ROLE_ASSISTANT: 'assistant',
} as const satisfies Record<string, Role>;

/** Calls with their whole texts. Throws INVARIANT_BROKEN on what no coordinator of ours sends. */
export function decodeBatch(sent: wire.OperatorBatch__Output, texts: TextStore): Call[] {
  for (const { digest, text } of sent.texts) texts.define(digest, text);
  const calls = sent.calls.map((call) => decodeCall(call, texts));
  for (const digest of sent.forgetTexts) texts.forget(digest);
  return calls;
}

function decodeCall(sent: wire.Call__Output, texts: TextStore): Call {
  return {
    id: callId(sent.callId),
    messages: sent.messages.map((message) => decodeMessage(message, sent.callId, texts)),
    sampling: decodeSampling(sent.sampling),
    maxTokens: sent.maxTokens,
    stop: sent.stop,
    reusePrefix: !sent.isolateKv,
    cacheSalt: sent.cacheSalt,
    order: Number(sent.order),
    streamDeltas: sent.streamDeltas,
    ...(sent.outputSchema === null
      ? {}
      : { outputSchema: decodePart(sent.outputSchema, sent.callId, texts) }),
    ...(sent.stopTokens.length === 0 ? {} : { stopTokens: sent.stopTokens }),
    ...(sent._logprobs === 'logprobs' ? { logprobs: sent.logprobs ?? 0 } : {}),
    ...(sent.traceparent === '' ? {} : { traceparent: sent.traceparent }),
  };
}

function decodeMessage(
  sent: wire.ChatMessage__Output,
  call: string,
  texts: TextStore,
): ChatMessage {
  const role: Role | undefined = ROLES[sent.role as keyof typeof ROLES];
  if (role === undefined) {
    throw new HeliumError('INVARIANT_BROKEN', `call ${call}: role ${sent.role} is unknown`);
  }
  const content = sent.parts.map((part) => decodePart(part, call, texts));
  return { role, content: content.join('') };
}

function decodePart(
  { text, digest }: wire.ContentPart__Output,
  call: string,
  texts: TextStore,
): string {
  if (text !== undefined) return text;
  if (digest !== undefined) return texts.require(digest);
  throw new HeliumError('INVARIANT_BROKEN', `call ${call}: a part has neither text nor digest`);
}

function decodeSampling(sent: wire.Sampling__Output | null): Sampling {
  if (sent === null) return GREEDY;
  const topP = Number(sent.topP);
  const repetitionPenalty = Number(sent.repetitionPenalty);
  return {
    temperature: Number(sent.temperature),
    topK: sent.topK,
    topP: topP === 0 ? 1 : topP,
    minP: Number(sent.minP),
    repetitionPenalty: repetitionPenalty === 0 ? 1 : repetitionPenalty,
    presencePenalty: Number(sent.presencePenalty),
    frequencyPenalty: Number(sent.frequencyPenalty),
    ...(sent._seed === 'seed' && sent.seed !== undefined ? { seed: BigInt(sent.seed) } : {}),
  };
}

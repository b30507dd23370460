import type { wire } from '@helium/proto';
import type { Call, CallId, Sampling } from '@helium/shared';
import type { TextDigests } from './text-digests.ts';

/** Messages are cut at this size: what waits behind a batch is not held up by it for long. */
const BATCH_BYTES = 1024 * 1024;

/** Room in a message for what is not text. */
const OVERHEAD_BYTES = 64 * 1024;

const ROLES = {
  system: 'ROLE_SYSTEM',
  user: 'ROLE_USER',
  assistant: 'ROLE_ASSISTANT',
} as const;

/** Calls that cannot be sent, and why, in words for people. */
export interface Unsendable {
  readonly id: CallId;
  readonly reason: string;
}

/**
 * Batches in schedule order, each text defined before the first call that names it. A call of which a
 * piece exceeds the message limit is left out and reported.
 */
export function encodeBatches(
  calls: readonly Call[],
  texts: TextDigests,
  messageBytesMax: number,
): { batches: wire.OperatorBatch[]; unsendable: Unsendable[] } {
  const packer = new BatchPacker();
  const unsendable: Unsendable[] = [];
  for (const call of calls) {
    const reason = tooLarge(call, messageBytesMax - OVERHEAD_BYTES);
    if (reason === undefined) packCall(packer, call, texts);
    else unsendable.push({ id: call.id, reason });
  }
  packer.addForgotten(texts.takeForgotten());
  return { batches: packer.batches, unsendable };
}

function packCall(packer: BatchPacker, call: Call, texts: TextDigests): void {
  const messages = call.messages.map(({ role, content }) => {
    const { part, define } = texts.partFor(content);
    if (define !== undefined) packer.addText(define);
    return { role: ROLES[role], parts: [part] };
  });
  packer.addCall({ ...encodeCall(call, messages), ...packSchema(packer, call, texts) });
}

/** Sent once, as other texts are. */
function packSchema(packer: BatchPacker, call: Call, texts: TextDigests): wire.Call {
  if (call.outputSchema === undefined) return {};
  const { part, define } = texts.partFor(call.outputSchema);
  if (define !== undefined) packer.addText(define);
  return { outputSchema: part };
}

function encodeCall(call: Call, messages: wire.ChatMessage[]): wire.Call {
  return {
    callId: call.id,
    messages,
    sampling: encodeSampling(call.sampling),
    maxTokens: call.maxTokens,
    stop: [...call.stop],
    isolateKv: !call.reusePrefix,
    cacheSalt: call.cacheSalt,
    order: call.order,
    streamDeltas: call.streamDeltas,
    traceparent: call.traceparent ?? '',
    stopTokens: [...(call.stopTokens ?? [])],
    ...(call.logprobs === undefined ? {} : { logprobs: call.logprobs }),
  };
}

function encodeSampling({ seed, ...numbers }: Sampling): wire.Sampling {
  return { ...numbers, ...(seed === undefined ? {} : { seed: `${seed}` }) };
}

function tooLarge(call: Call, bytesMax: number): string | undefined {
  const sizes = call.messages.map(({ content }) => Buffer.byteLength(content));
  const largest = Math.max(0, ...sizes);
  const limit = bytesMax.toLocaleString('en');
  if (largest > bytesMax) {
    return `a message of ${largest.toLocaleString('en')} bytes exceeds what fits on the wire, ${limit}`;
  }
  const inline = sizeOfCall(encodeCall(call, [])) + 64 * sizes.length + inlineBytes(call);
  return inline > bytesMax
    ? `${sizes.length} messages and ${call.stop.length} stops exceed what fits on the wire, ${limit} bytes`
    : undefined;
}

function inlineBytes({ messages, outputSchema = '' }: Call): number {
  return [...messages, { content: outputSchema }].reduce(
    (sum, { content }) => sum + Math.min(content.length * 3, 1536),
    0,
  );
}

function sizeOfCall(call: wire.Call): number {
  const stops = (call.stop ?? []).reduce((sum, stop) => sum + Buffer.byteLength(stop) + 8, 0);
  const parts = (call.messages ?? []).flatMap((message) => message.parts ?? []);
  const texts = parts.reduce((sum, part) => sum + Buffer.byteLength(part.text ?? '') + 48, 0);
  const schema = Buffer.byteLength(call.outputSchema?.text ?? '') + 48;
  return 256 + stops + texts + schema;
}

/** Fills one message after the other. */
class BatchPacker {
  readonly batches: wire.OperatorBatch[] = [];
  #texts: wire.TextDefinition[] = [];
  #calls: wire.Call[] = [];
  #bytes = BATCH_BYTES;

  addText(text: wire.TextDefinition): void {
    this.#makeRoom(Buffer.byteLength(text.text ?? '') + 48);
    this.#texts.push(text);
  }

  addCall(call: wire.Call): void {
    this.#makeRoom(sizeOfCall(call));
    this.#calls.push(call);
  }

  /** In the last message: after every call that was encoded with them. */
  addForgotten(digests: Buffer[]): void {
    const last = this.batches.at(-1);
    if (last !== undefined) last.forgetTexts = digests;
  }

  #makeRoom(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes <= BATCH_BYTES) return;
    this.#texts = [];
    this.#calls = [];
    this.#bytes = bytes;
    this.batches.push({ texts: this.#texts, calls: this.#calls });
  }
}

import type { wire } from '@helium/proto';
import type { Call, CallId, Sampling } from '@helium/shared';
import { INLINE_CHARS_MAX, type TextDigests } from './text-digests.ts';

/** Messages are cut at this size: what waits behind a batch is not held up by it for long. */
const BATCH_BYTES = 1024 * 1024;

/** Room in a message for what is not text. */
const OVERHEAD_BYTES = 64 * 1024;

/** A digest of 32 bytes with its field's tag and length, and some more. */
const DIGEST_BYTES = 48;

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
  const bytesMax = messageBytesMax - OVERHEAD_BYTES;
  const packer = new BatchPacker(Math.min(BATCH_BYTES, bytesMax));
  const unsendable: Unsendable[] = [];
  for (const call of calls) {
    const reason = tooLarge(call, bytesMax);
    if (reason === undefined) packCall(packer, call, texts);
    else unsendable.push({ id: call.id, reason });
  }
  for (const digest of texts.takeForgotten()) packer.addForgotten(digest);
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

/** Why no wire message holds the call; a text travels in one piece, defined or within its call. */
function tooLarge(call: Call, bytesMax: number): string | undefined {
  const { messages, outputSchema = '', stop } = call;
  const limit = bytesMax.toLocaleString('en');
  const texts = messages.map(({ content }) => ({ what: 'a message', text: content }));
  for (const { what, text } of [...texts, { what: 'an output schema', text: outputSchema }]) {
    const bytes = Buffer.byteLength(text);
    if (bytes <= bytesMax) continue;
    return `${what} of ${bytes.toLocaleString('en')} bytes exceeds what fits on the wire, ${limit}`;
  }
  const inline =
    sizeOfCall(encodeCall(call, [])) +
    inlineBytes(outputSchema) +
    messages.reduce((sum, { content }) => sum + 64 + inlineBytes(content), 0);
  return inline > bytesMax
    ? `${messages.length} messages and ${stop.length} stops exceed what fits on the wire, ${limit} bytes`
    : undefined;
}

/** What a text takes within its call at most: 3 bytes of UTF-8 a UTF-16 unit, or its digest. */
function inlineBytes(text: string): number {
  return Math.min(text.length, INLINE_CHARS_MAX) * 3;
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
  readonly #bytesMax: number;
  #texts: wire.TextDefinition[] = [];
  #calls: wire.Call[] = [];
  #forgotten: Buffer[] = [];
  #bytes: number;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
    this.#bytes = bytesMax;
  }

  addText(text: wire.TextDefinition): void {
    this.#makeRoom(Buffer.byteLength(text.text ?? '') + 48);
    this.#texts.push(text);
  }

  addCall(call: wire.Call): void {
    this.#makeRoom(sizeOfCall(call));
    this.#calls.push(call);
  }

  /** Last of all: a worker forgets after the calls of a message, and these were encoded with the text. */
  addForgotten(digest: Buffer): void {
    this.#makeRoom(DIGEST_BYTES);
    this.#forgotten.push(digest);
  }

  #makeRoom(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes <= this.#bytesMax) return;
    this.#texts = [];
    this.#calls = [];
    this.#forgotten = [];
    this.#bytes = bytes;
    this.batches.push({ texts: this.#texts, calls: this.#calls, forgetTexts: this.#forgotten });
  }
}

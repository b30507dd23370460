import { HeliumError } from '../errors/helium-error.ts';
import { compileChatTemplate } from './chat-template.ts';
import { createPromptEncoder } from './prompt-encoder.ts';
import { renderChat } from './render-chat.ts';
import { renderChatSegments } from './render-segments.ts';
import { dropsFirstSpace } from './text-scheme.ts';
import { createTokenBytes, createTokenDecoder } from './token-decoder.ts';
import type { Tokenizer, TokenizerSpec } from './tokenizer.ts';
import { tokenizerDigest } from './tokenizer-digest.ts';
import { readTokenizerJson, type TokenizerTables } from './tokenizer-json.ts';

/**
 * Makes a tokenizer from its spec. Throws MODEL_UNSUPPORTED, by name, for what is neither byte-level
 * nor SentencePiece's BPE, MODEL_INVALID for a malformed spec or template. `digest` is the spec's, where
 * it is known, else made when it is asked for. Cost: some 0.05 s for 49k tokens, and 0.1 s for the digest.
 */
export function createTokenizer(spec: TokenizerSpec, digest?: string): Tokenizer {
  const tables = readTokenizerJson(spec.tokenizerJson);
  const template = compileChatTemplate(spec.chatTemplate, specialTokenTexts(spec));
  const encoder = createPromptEncoder(tables, requireBos(spec, tables));
  const bytesOf = createTokenBytes(tables);
  const special = tables.addedTokens.filter((token) => token.special);
  const specialTokens = special.map((token) => token.content);
  let known = digest;
  return {
    get digest() {
      known ??= tokenizerDigest(spec);
      return known;
    },
    vocabSize: countIds(tables),
    endTokenIds: new Set(spec.endTokenIds),
    specialTokens: new Map(special.map((token) => [token.id, token.content])),
    renderChat: (messages) => renderChat(template, messages, specialTokens),
    renderChatSegments: (messages) => renderChatSegments(template, messages, specialTokens),
    encode: encoder.encode,
    encodeStable: encoder.encodeStable,
    bytesOf,
    createDecoder: (continues = false) =>
      createTokenDecoder(bytesOf, !continues && dropsFirstSpace(tables.scheme)),
  };
}

function specialTokenTexts(spec: TokenizerSpec): Record<string, string> {
  const texts = Object.entries(spec.tokenizerConfig).filter(
    (entry): entry is [string, string] =>
      entry[0].endsWith('_token') && typeof entry[1] === 'string',
  );
  return {
    ...Object.fromEntries(texts),
    bos_token: spec.bosToken,
    eos_token: spec.eosToken,
  };
}

function requireBos(spec: TokenizerSpec, tables: TokenizerTables): number | null {
  if (!spec.addBos) return null;
  const added = tables.addedTokens.find((token) => token.content === spec.bosToken);
  const id = added?.id ?? tables.ids.get(spec.bosToken);
  if (id !== undefined) return id;
  throw new HeliumError(
    'MODEL_INVALID',
    `tokenizer: BOS token ${JSON.stringify(spec.bosToken)} is not in the vocabulary`,
  );
}

function countIds({ tokens, addedTokens }: TokenizerTables): number {
  return addedTokens.reduce((size, { id }) => Math.max(size, id + 1), tokens.length);
}

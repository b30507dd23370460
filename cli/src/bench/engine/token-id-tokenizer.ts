import type { Tokenizer } from '@helium/shared/tokenizer';

/**
 * A tokenizer whose text is token ids with spaces between, so that an engine is measured on given tokens
 * through the same door that takes chats. Nothing ends a generation: its length is what was asked for.
 */
export function createTokenIdTokenizer(): Tokenizer {
  const refuse = (): never => {
    throw new TypeError('token ids have no segments');
  };
  return {
    digest: '0'.repeat(64),
    vocabSize: 2 ** 31,
    endTokenIds: new Set(),
    specialTokens: new Map(),
    renderChat: (messages) => messages.map(({ content: text }) => ({ kind: 'content', text })),
    renderChatSegments: refuse,
    encode: (prompt) => Int32Array.from(prompt.flatMap(({ text }) => parseTokenIds(text))),
    encodeStable: refuse,
    bytesOf: (token) => new TextEncoder().encode(`${token} `),
    createDecoder: () => ({ push: (token) => `${token} `, end: () => '' }),
  };
}

/** The text that the tokenizer reads. */
export function formatTokenIds(ids: readonly number[]): string {
  return ids.join(' ');
}

export function parseTokenIds(text: string): number[] {
  return text.split(' ').filter(Boolean).map(Number);
}

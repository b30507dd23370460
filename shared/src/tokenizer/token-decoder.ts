import { fromByteChars } from './byte-alphabet.ts';
import type { TokenDecoder } from './tokenizer.ts';
import type { TokenizerTables } from './tokenizer-json.ts';

const NO_BYTES = new Uint8Array(0);

/** Bytes of each token; none for special tokens and ids the model does not have. */
export type TokenBytes = (token: number) => Uint8Array;

/** Each token's bytes are made once, when first asked for. */
export function createTokenBytes(tables: TokenizerTables): TokenBytes {
  const texts = new Map<number, string>();
  for (const [text, id] of Object.entries(tables.vocab)) texts.set(id, text);
  const added = new Map(tables.addedTokens.map((token) => [token.id, token]));
  const utf8 = new TextEncoder();
  const memo = new Map<number, Uint8Array>();
  const make = (id: number) => {
    const token = added.get(id);
    if (token !== undefined) return token.special ? NO_BYTES : utf8.encode(token.content);
    const text = texts.get(id);
    return text === undefined ? NO_BYTES : fromByteChars(text);
  };
  return (id) => {
    const known = memo.get(id);
    if (known !== undefined) return known;
    const bytes = make(id);
    memo.set(id, bytes);
    return bytes;
  };
}

/** Invalid UTF-8 becomes U+FFFD, an incomplete character waits for its rest; a BOM is text. */
export function createTokenDecoder(bytesOf: TokenBytes): TokenDecoder {
  const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
  return {
    push: (token) => utf8.decode(bytesOf(token), { stream: true }),
    end: () => utf8.decode(),
  };
}

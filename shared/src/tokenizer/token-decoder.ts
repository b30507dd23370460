import { fromByteChars } from './byte-alphabet.ts';
import { byteOfToken } from './byte-tokens.ts';
import { META_SPACE } from './text-scheme.ts';
import type { TokenDecoder } from './tokenizer.ts';
import type { TokenizerTables } from './tokenizer-json.ts';

const NO_BYTES = new Uint8Array(0);
const UTF8 = new TextEncoder();

/** Bytes of each token; none for special tokens and ids the model does not have. */
export type TokenBytes = (token: number) => Uint8Array;

/** Each token's bytes are made once, when first asked for. */
export function createTokenBytes(tables: TokenizerTables): TokenBytes {
  const added = new Map(tables.addedTokens.map((token) => [token.id, token]));
  const memo = new Map<number, Uint8Array>();
  const make = (id: number) => {
    const token = added.get(id);
    if (token !== undefined) return token.special ? NO_BYTES : UTF8.encode(token.content);
    const text = tables.tokens[id];
    if (text === undefined) return NO_BYTES;
    return tables.scheme.kind === 'bytes' ? fromByteChars(text) : fromMetaSpace(text);
  };
  return (id) => {
    const known = memo.get(id);
    if (known !== undefined) return known;
    const bytes = make(id);
    memo.set(id, bytes);
    return bytes;
  };
}

function fromMetaSpace(token: string): Uint8Array {
  const byte = byteOfToken(token);
  return byte === undefined ? UTF8.encode(token.replaceAll(META_SPACE, ' ')) : Uint8Array.of(byte);
}

/**
 * Invalid UTF-8 becomes U+FFFD, an incomplete character waits for its rest; a BOM is text. Where
 * asked for, a space that the whole text starts with is left out.
 */
export function createTokenDecoder(bytesOf: TokenBytes, dropsFirstSpace: boolean): TokenDecoder {
  const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
  let dropsSpace = dropsFirstSpace;
  const started = (text: string) => {
    if (!dropsSpace || text === '') return text;
    dropsSpace = false;
    return text.startsWith(' ') ? text.slice(1) : text;
  };
  return {
    push: (token) => started(utf8.decode(bytesOf(token), { stream: true })),
    end: () => started(utf8.decode()),
  };
}

import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * A cached text as stored: one byte that names the encoding, a MAC of 32 bytes, the text. The MAC
 * covers the format version, the whole store key (tenant and cache key) and everything else stored,
 * so a value that was changed, moved under another key, or written without the secret is not
 * believed.
 */
const FORMAT = 'helium-prompt-cache-1';
const MAC_BYTES = 32;
const HEADER_BYTES = 1 + MAC_BYTES;

/** UTF-8 wherever it is lossless; UTF-16 keeps lone surrogates, which UTF-8 cannot hold. */
const ENCODINGS = { 1: 'utf8', 2: 'utf16le' } as const;

/** Seals a text for one key. */
export function sealValue(secret: string, storeKey: string, text: string): Buffer {
  const tag = text.isWellFormed() ? 1 : 2;
  const body = Buffer.from(text, ENCODINGS[tag]);
  return Buffer.concat([Buffer.of(tag), macOf(secret, storeKey, tag, body), body]);
}

/** The sealed text, or undefined when the value is not one that this secret sealed for this key. */
export function openValue(
  secret: string,
  storeKey: string,
  sealed: Uint8Array,
): string | undefined {
  const value = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  const tag = value[0];
  if (value.length < HEADER_BYTES || (tag !== 1 && tag !== 2)) return undefined;
  const body = value.subarray(HEADER_BYTES);
  const mac = value.subarray(1, HEADER_BYTES);
  if (!timingSafeEqual(mac, macOf(secret, storeKey, tag, body))) return undefined;
  return body.toString(ENCODINGS[tag]);
}

function macOf(secret: string, storeKey: string, tag: number, body: Buffer): Buffer {
  const head = `${FORMAT}\0${storeKey}\0${tag}\0`;
  return createHmac('sha256', secret).update(head).update(body).digest();
}

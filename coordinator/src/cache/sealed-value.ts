import { createHmac, timingSafeEqual } from 'node:crypto';
import type { StorageKeys } from '../storage/storage-keys.ts';

/**
 * A cached text as stored: one byte that names the encoding, a MAC of 32 bytes, the text, encrypted or not. The MAC
 * covers the format version, the whole store key (tenant and cache key) and everything else stored,
 * so a value that was changed, moved under another key, or written without the secret is not
 * believed.
 */
const FORMAT = 'helium-prompt-cache-1';
const MAC_BYTES = 32;
const HEADER_BYTES = 1 + MAC_BYTES;

/** What values are believed by, and read with. */
export interface ValueSecrets {
  /** Key of the MAC; equal in all coordinators that share a store. */
  readonly secret: string;
  /** Encrypt the text, under the MAC; default: it is stored as it is. */
  readonly keys?: StorageKeys | undefined;
}

/** UTF-8 wherever it is lossless; UTF-16 keeps lone surrogates, which UTF-8 cannot hold. */
const ENCODINGS = { 1: 'utf8', 2: 'utf16le' } as const;

/** Added to the number of an encoding whose text is encrypted. */
const ENCRYPTED = 2;

/** Seals a text for one key. */
export function sealValue({ secret, keys }: ValueSecrets, storeKey: string, text: string): Buffer {
  const encoding = text.isWellFormed() ? 1 : 2;
  const plain = Buffer.from(text, ENCODINGS[encoding]);
  const tag = keys === undefined ? encoding : encoding + ENCRYPTED;
  const body = keys?.seal(placeOf(storeKey), plain) ?? plain;
  return Buffer.concat([Buffer.of(tag), macOf(secret, storeKey, tag, body), body]);
}

/**
 * The sealed text, or undefined when the value is not one that this secret sealed for this key, or is encrypted with a
 * key that is not there.
 */
export function openValue(
  { secret, keys }: ValueSecrets,
  storeKey: string,
  sealed: Uint8Array,
): string | undefined {
  const value = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  const tag = value[0] ?? 0;
  const isEncrypted = tag > ENCRYPTED;
  const encoding = ENCODINGS[(isEncrypted ? tag - ENCRYPTED : tag) as keyof typeof ENCODINGS];
  if (value.length < HEADER_BYTES || encoding === undefined) return undefined;
  const body = value.subarray(HEADER_BYTES);
  const mac = value.subarray(1, HEADER_BYTES);
  if (!timingSafeEqual(mac, macOf(secret, storeKey, tag, body))) return undefined;
  const plain = isEncrypted ? keys?.open(placeOf(storeKey), body) : body;
  return plain instanceof Uint8Array ? plain.toString(encoding) : undefined;
}

function placeOf(storeKey: string): string {
  return `cache\0${storeKey}`;
}

function macOf(secret: string, storeKey: string, tag: number, body: Buffer): Buffer {
  const head = `${FORMAT}\0${storeKey}\0${tag}\0`;
  return createHmac('sha256', secret).update(head).update(body).digest();
}

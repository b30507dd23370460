import { createHash, randomBytes } from 'node:crypto';

/** So that scanners for leaked secrets know one when they see it. */
const PREFIX = 'helium_';

const RANDOM_BYTES = 32;

const TOKEN = /^[\x21-\x7e]{16,512}$/;

/** A new token: 256 bits of randomness, in letters that need no quoting anywhere. */
export function createToken(): string {
  return `${PREFIX}${randomBytes(RANDOM_BYTES).toString('base64url')}`;
}

/** Whether the text can be a token of anybody: 16 to 512 visible ASCII characters. */
export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/** SHA-256 of a token, hex: what is kept in its place. Enough without salt or stretching, as tokens are random. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

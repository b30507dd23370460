import { hash } from 'node:crypto';

/** What can be hashed canonically: plain values and lists of them. */
export type Canonical = string | number | bigint | null | readonly Canonical[];

/**
 * Encodes a value so that two different values never encode equally: every string and list carries
 * its length, every value its type. Negative zero counts as zero. Cost: O(characters).
 */
export function encodeCanonical(value: Canonical): string {
  const parts: string[] = [];
  append(value, parts);
  return parts.join('');
}

/**
 * 64 hex digits of SHA-256 over the canonical encoding, in a domain of its own: hashes of different
 * domains never meet. Text with lone surrogates, which UTF-8 cannot tell apart, is hashed as
 * UTF-16; the encoding starts in ASCII, so that no bytes are of both forms.
 */
export function canonicalHash(domain: string, value: Canonical): string {
  const encoded = encodeCanonical([domain, value]);
  const bytes = encoded.isWellFormed() ? encoded : Buffer.from(encoded, 'utf16le');
  return hash('sha256', bytes, 'hex');
}

function append(value: Canonical, parts: string[]): void {
  if (value === null) parts.push('z');
  else if (typeof value === 'string') parts.push(`s${value.length}:`, value);
  else if (typeof value === 'number') parts.push(`n${value};`);
  else if (typeof value === 'bigint') parts.push(`i${value};`);
  else {
    parts.push(`a${value.length}:`);
    for (const item of value) append(item, parts);
  }
}

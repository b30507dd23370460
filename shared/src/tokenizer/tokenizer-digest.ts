import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';
import type { TokenizerSpec } from './tokenizer.ts';

/** Hex SHA-256 of the spec's canonical JSON. */
export function tokenizerDigest(spec: TokenizerSpec): string {
  return createHash('sha256').update(canonicalJson(spec)).digest('hex');
}

import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { HeliumError } from '../errors/helium-error.ts';
import { canonicalJson } from './canonical-json.ts';
import type { TokenizerSpec } from './tokenizer.ts';
import { parseTokenizerSpec } from './tokenizer-spec.ts';

/** A serialized tokenizer may unpack to this many bytes. */
export const TOKENIZER_BYTES_MAX = 64 * 1024 * 1024;

/** Gzipped canonical JSON: equal specs give equal bytes under one version of zlib. */
export function serializeTokenizer(spec: TokenizerSpec): Uint8Array {
  return gzipSync(canonicalJson(spec));
}

export interface DeserializedTokenizer {
  readonly spec: TokenizerSpec;
  /** Hex SHA-256 of the JSON as it came: `tokenizerDigest(spec)` where that is canonical. */
  readonly digest: string;
}

/**
 * Inverse of `serializeTokenizer`. Throws MODEL_INVALID on anything else and MESSAGE_TOO_LARGE when it
 * unpacks to more than TOKENIZER_BYTES_MAX. Cost: about 30 ms for 49k tokens.
 */
export function deserializeTokenizer(bytes: Uint8Array): DeserializedTokenizer {
  const json = unpack(bytes);
  const digest = createHash('sha256').update(json).digest('hex');
  return { spec: parseTokenizerSpec(parseJson(json)), digest };
}

function unpack(bytes: Uint8Array): string {
  try {
    const json = gunzipSync(bytes, { maxOutputLength: TOKENIZER_BYTES_MAX });
    return new TextDecoder('utf-8', { fatal: true }).decode(json);
  } catch (cause) {
    if (cause instanceof RangeError) {
      throw new HeliumError(
        'MESSAGE_TOO_LARGE',
        `tokenizer spec unpacks to more than ${TOKENIZER_BYTES_MAX} bytes`,
        { cause, details: { limit: TOKENIZER_BYTES_MAX } },
      );
    }
    throw malformed('gzipped UTF-8', cause);
  }
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw malformed('JSON', cause);
  }
}

function malformed(expected: string, cause: unknown): HeliumError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new HeliumError('MODEL_INVALID', `tokenizer spec is not ${expected}: ${reason}`, {
    cause,
  });
}

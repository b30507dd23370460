import type { wire } from '@helium/proto';
import { HeliumError } from '@helium/shared';
import { deserializeTokenizer, type TokenizerSpec } from '@helium/shared/tokenizer';

/** Far above any tokenizer: a vocabulary of 256k entries compresses to about 6 MB. */
const COMPRESSED_BYTES_MAX = 64 * 1024 * 1024;

/** Puts a tokenizer's chunks together and checks that they are what the hello named. */
export class TokenizerIntake {
  readonly #digest: string;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(digest: string) {
    this.#digest = digest;
  }

  /**
   * The spec after the last chunk. Throws MESSAGE_TOO_LARGE when it is too large, compressed or not, and
   * MODEL_INVALID when it is none or has another digest.
   */
  take(chunk: wire.TokenizerChunk__Output): TokenizerSpec | undefined {
    this.#bytes += chunk.data.length;
    if (this.#bytes > COMPRESSED_BYTES_MAX) {
      const message = `tokenizer: ${this.#bytes} compressed bytes exceed ${COMPRESSED_BYTES_MAX}`;
      throw new HeliumError('MESSAGE_TOO_LARGE', message);
    }
    this.#chunks.push(chunk.data);
    if (!chunk.last) return undefined;
    const { spec, digest } = deserializeTokenizer(Buffer.concat(this.#chunks));
    if (digest === this.#digest) return spec;
    const message = `the tokenizer has digest ${digest}, the hello named ${this.#digest}`;
    throw new HeliumError('MODEL_INVALID', message);
  }
}

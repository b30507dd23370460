import type { wire } from '@helium/proto';
import { HeliumError } from '@helium/shared';

/** Far above any tokenizer (a vocabulary of 256k entries compresses to about 6 MB). */
const COMPRESSED_BYTES_MAX = 64 * 1024 * 1024;

/** Puts a tokenizer's chunks together. */
export class TokenizerIntake {
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  /** The compressed spec after the last chunk. Throws MESSAGE_TOO_LARGE beyond 64 MiB. */
  take(chunk: wire.TokenizerChunk__Output): Buffer | undefined {
    this.#bytes += chunk.data.length;
    if (this.#bytes > COMPRESSED_BYTES_MAX) {
      const message = `tokenizer: ${this.#bytes} compressed bytes exceed ${COMPRESSED_BYTES_MAX}`;
      throw new HeliumError('MESSAGE_TOO_LARGE', message);
    }
    this.#chunks.push(chunk.data);
    return chunk.last ? Buffer.concat(this.#chunks) : undefined;
  }
}

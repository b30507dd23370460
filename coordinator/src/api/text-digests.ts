import { createHash } from 'node:crypto';
import type { wire } from '@helium/proto';

/** Texts up to this many UTF-16 units travel with each call; longer ones once per worker. */
export const INLINE_CHARS_MAX = 512;

/** Bytes of texts that a worker is asked to remember. */
export const TEXT_BYTES_MAX = 64 * 1024 * 1024;

/**
 * What a worker remembers of long texts, as the coordinator's mirror of it: both apply the same
 * definitions and forgettings in the same order, so a digest is sent only while the worker knows it.
 * One per attachment; least recently used texts go first.
 */
export class TextDigests {
  readonly #bytesMax: number;
  /** By digest in base64, in order of last use: the texts themselves are the worker's to hold. */
  readonly #known = new Map<string, { readonly digest: Buffer; readonly bytes: number }>();
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** How the text travels; `define` is to be sent before the part, where there is one. */
  partFor(text: string): { part: wire.ContentPart; define?: wire.TextDefinition } {
    if (text.length <= INLINE_CHARS_MAX) return { part: { text } };
    const digest = createHash('sha256').update(text).digest();
    const key = digest.toString('base64');
    const known = this.#known.get(key);
    if (known !== undefined) {
      this.#known.delete(key);
      this.#known.set(key, known);
      return { part: { digest } };
    }
    const bytes = Buffer.byteLength(text);
    this.#known.set(key, { digest, bytes });
    this.#bytes += bytes;
    return { part: { digest }, define: { digest, text } };
  }

  /** Digests to forget after what was sent so far, so that the rest fits. */
  takeForgotten(): Buffer[] {
    const forgotten: Buffer[] = [];
    for (const [key, { digest, bytes }] of this.#known) {
      if (this.#bytes <= this.#bytesMax) break;
      this.#known.delete(key);
      this.#bytes -= bytes;
      forgotten.push(digest);
    }
    return forgotten;
  }
}

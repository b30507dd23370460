import { HeliumError } from '@helium/shared';

/** Far above what a coordinator asks a worker to remember: beyond it the coordinator is broken. */
const BYTES_MAX = 1024 * 1024 * 1024;

/** Texts that were sent once in this attachment, by hex digest. The coordinator decides what stays. */
export class TextStore {
  readonly #texts = new Map<string, string>();
  #bytes = 0;

  /** Bytes held. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Throws MESSAGE_TOO_LARGE when the coordinator defines more than it forgets. */
  define(digest: Buffer, text: string): void {
    this.forget(digest);
    this.#texts.set(digest.toString('hex'), text);
    this.#bytes += Buffer.byteLength(text);
    if (this.#bytes > BYTES_MAX) {
      const message = `texts of ${this.#bytes} bytes exceed ${BYTES_MAX}: the coordinator forgets none`;
      throw new HeliumError('MESSAGE_TOO_LARGE', message);
    }
  }

  /** Throws INVARIANT_BROKEN on a digest that was not defined or was forgotten. */
  require(digest: Buffer): string {
    const text = this.#texts.get(digest.toString('hex'));
    if (text !== undefined) return text;
    const message = `the coordinator names text ${digest.toString('hex')} without having defined it`;
    throw new HeliumError('INVARIANT_BROKEN', message);
  }

  forget(digest: Buffer): void {
    const key = digest.toString('hex');
    this.#bytes -= Buffer.byteLength(this.#texts.get(key) ?? '');
    this.#texts.delete(key);
  }
}

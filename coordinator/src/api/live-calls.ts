import type { HeliumError } from '@helium/shared';

/** The calls in flight, so that a server that goes can end them with a reason. */
export class LiveCalls {
  readonly #ends = new Set<(error: HeliumError) => void>();

  /** `end` ends the call early. Returns what takes it off the list. */
  enter(end: (error: HeliumError) => void): () => void {
    this.#ends.add(end);
    return () => this.#ends.delete(end);
  }

  endAll(error: HeliumError): void {
    for (const end of [...this.#ends]) end(error);
  }
}

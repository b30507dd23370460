import type { Clock } from '@helium/shared';
import type { Logger } from '@helium/shared/telemetry';

/** Between two lines of one kind. */
const QUIET_MS = 30_000;

/**
 * Warns in the log of what others may do as often as they like: the first of each kind at once, then one line in 30 s
 * that counts those left unsaid as `others`. Kinds are few, and none is a caller's word.
 */
export class QuietLog {
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #last = new Map<string, { atMs: number; unsaid: number }>();

  constructor(logger: Logger, clock: Clock) {
    this.#logger = logger;
    this.#clock = clock;
  }

  warn(kind: string, message: string, fields: Readonly<Record<string, unknown>>): void {
    const now = this.#clock.now();
    const last = this.#last.get(kind);
    if (last !== undefined && now - last.atMs < QUIET_MS) {
      last.unsaid++;
      return;
    }
    const others = last?.unsaid ? { others: last.unsaid } : {};
    this.#last.set(kind, { atMs: now, unsaid: 0 });
    this.#logger.warn(message, { ...fields, ...others });
  }
}

import type { Clock } from '@helium/shared';
import type { Logger, RefusalReason } from '@helium/shared/telemetry';

/** One refused call; nothing of what it showed. */
export interface RefusedCall {
  readonly reason: RefusalReason;
  /** "/service/method". */
  readonly path: string;
  readonly peer: string;
  readonly name?: string | undefined;
}

/** Between two lines of one reason. */
const QUIET_MS = 30_000;

/** Tells refused calls in the log: the first of each reason at once, then one line in 30 s that counts them. */
export class RefusalLog {
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #last = new Map<RefusalReason, { atMs: number; unsaid: number }>();

  constructor(logger: Logger, clock: Clock) {
    this.#logger = logger;
    this.#clock = clock;
  }

  add({ reason, path, peer, name }: RefusedCall): void {
    const now = this.#clock.now();
    const last = this.#last.get(reason);
    if (last !== undefined && now - last.atMs < QUIET_MS) {
      last.unsaid++;
      return;
    }
    const others = last?.unsaid ? { others: last.unsaid } : {};
    this.#last.set(reason, { atMs: now, unsaid: 0 });
    this.#logger.warn('a call was refused', {
      reason,
      method: path,
      peer,
      credential: name,
      ...others,
    });
  }
}

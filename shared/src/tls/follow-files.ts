import { HeliumError } from '../errors/helium-error.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Clock } from '../time/clock.ts';

/** How long a change goes unnoticed at most, and the time of a look. */
const LOOK_MS = 1000;

export interface FollowOptions<T> {
  /** What is followed, for the log: "the credentials". */
  readonly what: string;
  /** Changes when the files do. */
  readonly stamp: () => string;
  /** Throws where they cannot be used. */
  readonly read: () => T;
  readonly onChange: (value: T) => void;
  /** After every look. */
  readonly onLook?: () => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Reads files when they change. What cannot be used is told once in the log and changes nothing; it is read again with
 * every look, as files change in several steps. Give `stamp()` as it was before the first reading.
 */
export function followFiles<T>(first: string, options: FollowOptions<T>): { stop(): void } {
  const { what, stamp, read, onChange, onLook, clock, logger } = options;
  let known = first;
  let told = '';
  const look = () => {
    const now = stamp();
    if (now !== known) {
      try {
        onChange(read());
        known = now;
        told = '';
      } catch (thrown) {
        const { message } = HeliumError.from(thrown);
        if (message !== told) logger.error(`${what} of before stay in force`, { message });
        told = message;
      }
    }
    onLook?.();
    timer = clock.setTimer(LOOK_MS, look);
  };
  let timer = clock.setTimer(LOOK_MS, look);
  return { stop: () => timer.cancel() };
}

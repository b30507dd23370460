import { type Clock, HeliumError } from '@helium/shared';
import type { Logger } from '@helium/shared/telemetry';
import { CredentialBook } from './credential-book.ts';
import { credentialsStamp, readCredentials } from './read-credentials.ts';

/** A revoked token is refused, and what was begun with it ended, after this at most, and the time of a tick. */
const LOOK_MS = 1000;

export interface WatchedCredentials {
  readonly book: CredentialBook;
  stop(): void;
}

/**
 * Opens the credentials of the setting and keeps to them as their files change. What cannot be used after a change is
 * told once in the log and changes nothing. Throws CONFIG_INVALID where it cannot be used now.
 */
export function watchCredentials(
  setting: string,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): WatchedCredentials {
  let stamp = credentialsStamp(setting);
  let told = '';
  const first = readCredentials(setting);
  const book = new CredentialBook(first, () => clock.wallTime());
  logger.info('callers need a token', { credentials: first.length });
  const reload = () => {
    const now = credentialsStamp(setting);
    if (now === stamp) return;
    try {
      const { added, removed } = book.replace(readCredentials(setting));
      stamp = now;
      told = '';
      logger.info('the credentials have changed', { added: added.join(), removed: removed.join() });
    } catch (thrown) {
      // Read again with the next look: a file may change in several steps.
      const { message } = HeliumError.from(thrown);
      if (message !== told) logger.error('the credentials of before stay in force', { message });
      told = message;
    }
  };
  const look = () => {
    reload();
    book.endExpired();
    timer = clock.setTimer(LOOK_MS, look);
  };
  let timer = clock.setTimer(LOOK_MS, look);
  return { book, stop: () => timer.cancel() };
}

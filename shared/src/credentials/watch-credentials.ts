import type { Logger } from '../telemetry/logger.ts';
import type { Clock } from '../time/clock.ts';
import { followFiles } from '../tls/index.ts';
import { CredentialBook } from './credential-book.ts';
import { type CredentialsSetting, credentialsStamp, readCredentials } from './read-credentials.ts';

export interface WatchedCredentials {
  readonly book: CredentialBook;
  stop(): void;
}

/**
 * Opens the credentials of the setting and keeps to them as their files change: a revoked token is refused, and what
 * was begun with it ended, within some seconds. Throws CONFIG_INVALID where they cannot be used now.
 */
export function watchCredentials(
  setting: CredentialsSetting,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): WatchedCredentials {
  const stamp = credentialsStamp(setting);
  const first = readCredentials(setting);
  const book = new CredentialBook(first, () => clock.wallTime());
  const entries = { credentials: first.length };
  logger.info(
    setting.name === 'credentials' ? 'callers need a token' : 'who reads metrics needs a token',
    entries,
  );
  const { stop } = followFiles(stamp, {
    what: `the ${setting.name}`,
    stamp: () => credentialsStamp(setting),
    read: () => readCredentials(setting),
    onChange(credentials) {
      const { added, removed } = book.replace(credentials);
      logger.info(`the ${setting.name} have changed`, {
        added: added.join(),
        removed: removed.join(),
      });
    },
    onLook: () => book.endExpired(),
    clock,
    logger,
  });
  return { book, stop };
}

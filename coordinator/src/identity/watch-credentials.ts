import type { Clock } from '@helium/shared';
import type { Logger } from '@helium/shared/telemetry';
import { followFiles } from '@helium/shared/tls';
import { CredentialBook } from './credential-book.ts';
import { credentialsStamp, readCredentials } from './read-credentials.ts';

export interface WatchedCredentials {
  readonly book: CredentialBook;
  stop(): void;
}

/**
 * Opens the credentials of the setting and keeps to them as their files change: a revoked token is refused, and what
 * was begun with it ended, within some seconds. Throws CONFIG_INVALID where they cannot be used now.
 */
export function watchCredentials(
  setting: string,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): WatchedCredentials {
  const stamp = credentialsStamp(setting);
  const first = readCredentials(setting);
  const book = new CredentialBook(first, () => clock.wallTime());
  logger.info('callers need a token', { credentials: first.length });
  const { stop } = followFiles(stamp, {
    what: 'the credentials',
    stamp: () => credentialsStamp(setting),
    read: () => readCredentials(setting),
    onChange(credentials) {
      const { added, removed } = book.replace(credentials);
      logger.info('the credentials have changed', { added: added.join(), removed: removed.join() });
    },
    onLook: () => book.endExpired(),
    clock,
    logger,
  });
  return { book, stop };
}

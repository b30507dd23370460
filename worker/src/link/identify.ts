import type { ChannelCredentials } from '@grpc/grpc-js';
import { TlsChannelCredentials } from '@helium/proto';
import { parseAddress } from '@helium/shared';
import type { Settings } from '@helium/shared/config';
import { assertMaySendToken, type TokenSource, tokenSource } from '@helium/shared/identity';
import type { Logger } from '@helium/shared/telemetry';
import { dialTls } from '@helium/shared/tls';

/** The settings by which a worker says who it is and knows its coordinator. */
export type IdentitySettings = Pick<
  Settings,
  'token' | 'token-file' | 'plaintext-token' | 'tls-ca' | 'tls-cert' | 'tls-key' | 'tls-server-name'
>;

/**
 * What a dialler of `address` (host:port) shows and checks; files are read again with each dial after they changed.
 * Throws CONFIG_INVALID for those that cannot be used, and for a token that may not be sent there.
 */
export function identifyTo(
  address: string,
  settings: Partial<IdentitySettings>,
  logger: Logger,
): { readonly token: TokenSource; readonly credentials?: ChannelCredentials } {
  const files = {
    ca: settings['tls-ca'] ?? '',
    cert: settings['tls-cert'] ?? '',
    key: settings['tls-key'] ?? '',
  };
  const material = dialTls(files, (message) =>
    logger.error('the certificates of before stay in force', { message }),
  );
  const token = tokenSource({
    token: settings.token ?? '',
    tokenFile: settings['token-file'] ?? '',
  });
  if (token() !== undefined) {
    const isAllowed = settings['plaintext-token'] === 'on';
    assertMaySendToken(address, { isTls: material !== undefined, isAllowed });
  }
  if (material === undefined) return { token };
  const name = settings['tls-server-name'] || parseAddress('coordinator', address).host;
  return { token, credentials: new TlsChannelCredentials(name, material) };
}

import { parseAddress } from '../config/address.ts';
import { HeliumError } from '../errors/helium-error.ts';

/** Whether what is sent there stays on this machine. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/**
 * Throws CONFIG_INVALID where a token would travel to `address` (host:port) readable for everybody on the way:
 * without TLS, beyond this machine, and not allowed by setting.
 */
export function assertMaySendToken(
  address: string,
  { isTls, isAllowed }: { readonly isTls: boolean; readonly isAllowed: boolean },
): void {
  const { host } = parseAddress('coordinator', address);
  // To dial "every address of this machine" is to dial it.
  const staysHere = isLoopback(host) || host === '0.0.0.0' || host === '::';
  if (isTls || isAllowed || staysHere) return;
  const message =
    `coordinator ${address}: a token is not sent there over plain TCP, where others can read it; ` +
    'set tls-ca, or plaintext-token to on';
  throw new HeliumError('CONFIG_INVALID', message);
}

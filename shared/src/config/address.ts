import { HeliumError } from '../errors/helium-error.ts';

/** A place to listen on or to connect to. */
export interface Address {
  /** Name or IP number, IPv6 without brackets. */
  readonly host: string;
  /** 0 to 65535; 0 lets the system pick one. */
  readonly port: number;
}

/**
 * Reads `host:port`, or `[ipv6]:port`. Throws CONFIG_INVALID that names `setting`, where the text
 * came from.
 */
export function parseAddress(setting: string, text: string): Address {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:[\]\s]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (host === undefined || port > 65_535) {
    const message = `${setting}: ${JSON.stringify(text)} is not host:port with a port up to 65535`;
    throw new HeliumError('CONFIG_INVALID', message);
  }
  return { host, port };
}

/** The text `parseAddress` reads. */
export function formatAddress({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

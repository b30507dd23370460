import { HeliumError } from '../errors/helium-error.ts';
import { assertWith } from './assert-with.ts';
import { fileStamp } from './file-stamp.ts';
import { readAuthorities, readKeyPair } from './read-pem.ts';

/** How a program knows the coordinator's TLS, and shows its own certificate. Paths of PEM files, '' where not given. */
export interface DialTlsFiles {
  /** Of the authorities that may have signed the coordinator's certificate, or `system`. '': plain TCP. */
  readonly ca: string;
  /** Of the program itself, where the coordinator asks for one. */
  readonly cert: string;
  readonly key: string;
}

/** What a connection is opened with, PEM. */
export interface DialTls {
  readonly ca: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

/**
 * Reads the files, again whenever they have changed; undefined: the connection is plain. Throws CONFIG_INVALID now for
 * what cannot be used; later what was read before stays in force, and `onBroken` hears why, once.
 */
export function dialTls(
  files: DialTlsFiles,
  onBroken: (message: string) => void = () => {},
): (() => DialTls) | undefined {
  assertComplete(files);
  if (files.ca === '') return undefined;
  let known = { stamp: stampOf(files), tls: read(files) };
  let told = '';
  return () => {
    const stamp = stampOf(files);
    if (stamp === known.stamp) return known.tls;
    try {
      known = { stamp, tls: read(files) };
      told = '';
    } catch (thrown) {
      const { message } = HeliumError.from(thrown);
      if (message !== told) onBroken(message);
      told = message;
    }
    return known.tls;
  };
}

function assertComplete({ ca, cert, key }: DialTlsFiles): void {
  assertWith(['tls-cert', cert], ['tls-key', key]);
  assertWith(['tls-key', key], ['tls-cert', cert]);
  assertWith(['tls-cert', cert], ['tls-ca', ca]);
}

function read({ ca, cert, key }: DialTlsFiles): DialTls {
  const authorities = readAuthorities('tls-ca', ca);
  if (cert === '') return { ca: authorities };
  const pair = readKeyPair(cert, key);
  return { ca: authorities, cert: pair.certificate, key: pair.privateKey };
}

function stampOf({ ca, cert, key }: DialTlsFiles): string {
  return [ca, cert, key].map(fileStamp).join();
}

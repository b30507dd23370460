import type { SecureContextOptions } from 'node:tls';
import { ServerCredentials } from '@grpc/grpc-js';
import type { Clock } from '@helium/shared';
import type { Logger } from '@helium/shared/telemetry';
import {
  assertWith,
  fileStamp,
  followFiles,
  readAuthorities,
  readKeyPair,
} from '@helium/shared/tls';

/** Paths of PEM files, '' where not given. */
export interface ServerTlsFiles {
  readonly cert: string;
  readonly key: string;
  /** Of those who sign certificates of clients and workers; given, connections without one are refused. */
  readonly clientCa: string;
}

export interface ServerTls {
  readonly credentials: ServerCredentials;
  /** Until the certificate in force ends; below 0 when it has. */
  secondsLeft(): number;
  stop(): void;
}

/**
 * TLS with the certificates of files, for new connections as they change; undefined where there are none. Throws
 * CONFIG_INVALID for files that cannot be used; later they are told in the log, and those of before stay in force.
 */
export function openServerTls(
  files: ServerTlsFiles,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): ServerTls | undefined {
  assertComplete(files);
  if (files.cert === '') return undefined;
  const stamp = () => [files.cert, files.key, files.clientCa].map(fileStamp).join();
  const first = stamp();
  const read = () => readContext(files);
  const told = ({ endsAt }: Context) => ({ certificate: files.cert, endsAt });
  let context = read();
  const isMutual = files.clientCa !== '';
  const credentials = new ChangingCredentials(isMutual, context.options);
  logger.info(isMutual ? 'TLS, with certificates of clients' : 'TLS', told(context));
  const { stop } = followFiles(first, {
    what: 'the certificates',
    stamp,
    read,
    onChange(next) {
      context = next;
      credentials.change(next.options);
      logger.info('the certificates have changed, for new connections', told(next));
    },
    clock,
    logger,
  });
  const secondsLeft = () => (Date.parse(context.endsAt) - clock.wallTime()) / 1000;
  return { credentials, secondsLeft, stop };
}

interface Context {
  readonly options: SecureContextOptions;
  readonly endsAt: string;
}

/** Credentials whose certificates can be replaced while a server has them. */
class ChangingCredentials extends ServerCredentials {
  constructor(isMutual: boolean, options: SecureContextOptions) {
    super({ requestCert: isMutual, rejectUnauthorized: isMutual }, options);
  }

  change(options: SecureContextOptions): void {
    this.updateSecureContextOptions(options);
  }

  override _equals(other: ServerCredentials): boolean {
    return this === other;
  }
}

function readContext({ cert, key, clientCa }: ServerTlsFiles): Context {
  const { certificate, privateKey, endsAt } = readKeyPair(cert, key);
  const ca = clientCa === '' ? {} : { ca: readAuthorities('tls-client-ca', clientCa) };
  return { options: { cert: certificate, key: privateKey, ...ca }, endsAt };
}

function assertComplete({ cert, key, clientCa }: ServerTlsFiles): void {
  assertWith(['tls-cert', cert], ['tls-key', key]);
  assertWith(['tls-key', key], ['tls-cert', cert]);
  assertWith(['tls-client-ca', clientCa], ['tls-cert', cert]);
}

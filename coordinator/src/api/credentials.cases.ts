import { Metadata } from '@grpc/grpc-js';
import { tenantId } from '@helium/shared';
import { type Credential, CredentialBook } from '@helium/shared/credentials';
import {
  AUTHORIZATION_KEY,
  bearerOf,
  createToken,
  hashToken,
  type Role,
} from '@helium/shared/identity';
import { type LogFields, type Logger, silentLogger } from '@helium/shared/telemetry';

/** A credential with its token, as nobody else has it. */
export interface Holder {
  readonly credential: Credential;
  readonly token: string;
  /** What a call of the holder shows. */
  readonly metadata: Metadata;
}

/** Somebody with a fresh token. */
export function holderOf(
  name: string,
  roles: readonly Role[],
  tenant = 'default',
  expiresAtMs = Number.POSITIVE_INFINITY,
): Holder {
  const token = createToken();
  const sha256 = hashToken(token);
  const credential = { name, roles: new Set(roles), tenant: tenantId(tenant), sha256, expiresAtMs };
  return { credential, token, metadata: metadataOf(token) };
}

export function metadataOf(token: string): Metadata {
  const metadata = new Metadata();
  metadata.set(AUTHORIZATION_KEY, bearerOf(token));
  return metadata;
}

/** What a server needs to let in these holders alone, and what it told of others. */
export function accessOf(holders: readonly Holder[], wallTime: () => number = () => 0) {
  const refused: string[] = [];
  const lines: (LogFields & { readonly message: string })[] = [];
  const book = new CredentialBook(
    holders.map(({ credential }) => credential),
    wallTime,
  );
  const logger: Logger = {
    ...silentLogger,
    warn: (message, fields = {}) => void lines.push({ message, ...fields }),
  };
  const metrics = { refused: (reason: string) => void refused.push(reason) };
  return { book, metrics, logger, refused, lines };
}

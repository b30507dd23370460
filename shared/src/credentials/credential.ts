import type { Role } from '../identity/index.ts';
import type { TenantId } from '../ids.ts';

/** One entry of the credentials: who shows the token of this hash. */
export interface Credential {
  /** For logs and messages; of one entry only. */
  readonly name: string;
  readonly roles: ReadonlySet<Role>;
  /** Whose runs and caches it sees. */
  readonly tenant: TenantId;
  /** SHA-256 of the token, 64 hex digits. */
  readonly sha256: string;
  /** Milliseconds since the Unix epoch from which on it is not taken any more; Infinity: never. */
  readonly expiresAtMs: number;
}

/** Whether two entries are one: a stream that began under the one goes on under the other. */
export function isSame(a: Credential, b: Credential): boolean {
  return (
    a.sha256 === b.sha256 &&
    a.tenant === b.tenant &&
    [...a.roles].sort().join() === [...b.roles].sort().join()
  );
}

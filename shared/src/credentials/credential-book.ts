import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { hashToken, isToken } from '../identity/index.ts';
import { type Credential, isSame } from './credential.ts';

/** Hears that its credential is not taken any more. */
export type EndStream = (how: 'revoked' | 'expired') => void;

/** Why a token is not taken. */
export type TokenRefusal = 'unknown' | 'expired';

interface Known {
  readonly credential: Credential;
  /** What was begun under it and goes on. */
  readonly streams: Set<EndStream>;
}

/** The credentials in force, and what was begun under each. */
export class CredentialBook {
  /** By a keyed hash of the token's hash: how long a look-up takes tells nothing of the hashes that are there. */
  #known: ReadonlyMap<string, Known> = new Map();
  readonly #key = randomBytes(32);
  readonly #wallTime: () => number;

  constructor(credentials: readonly Credential[], wallTime: () => number) {
    this.#wallTime = wallTime;
    this.replace(credentials);
  }

  /** Whose token this is, or why nobody's. */
  find(token: string): Credential | TokenRefusal {
    const hash = hashToken(token);
    const credential = this.#known.get(this.#indexOf(hash))?.credential;
    if (credential === undefined || !isToken(token)) return 'unknown';
    if (!timingSafeEqual(Buffer.from(hash), Buffer.from(credential.sha256))) return 'unknown';
    return credential.expiresAtMs <= this.#wallTime() ? 'expired' : credential;
  }

  /** `end` is called when the credential, one that `find` gave, goes. Returns what takes it off the list. */
  enter(credential: Credential, end: EndStream): () => void {
    const streams = this.#known.get(this.#indexOf(credential.sha256))?.streams;
    streams?.add(end);
    return () => streams?.delete(end);
  }

  /**
   * Takes these in place of the ones before, and ends what was begun under those that are gone or have other roles or
   * another tenant now. Gives the names of those that came and went, a changed one in both.
   */
  replace(credentials: readonly Credential[]): { added: string[]; removed: string[] } {
    const before = this.#known;
    const next = new Map<string, Known>();
    const added: string[] = [];
    for (const credential of credentials) {
      const index = this.#indexOf(credential.sha256);
      const known = before.get(index);
      const isKept = known !== undefined && isSame(known.credential, credential);
      if (!isKept) added.push(credential.name);
      next.set(index, { credential, streams: isKept ? known.streams : new Set() });
    }
    this.#known = next;
    const gone = [...before].filter(([index, { streams }]) => next.get(index)?.streams !== streams);
    for (const [, known] of gone) endAll(known, 'revoked');
    return { added, removed: gone.map(([, { credential }]) => credential.name) };
  }

  /** Ends what was begun under credentials that have expired since. */
  endExpired(): void {
    const now = this.#wallTime();
    for (const known of this.#known.values())
      if (known.credential.expiresAtMs <= now) endAll(known, 'expired');
  }

  #indexOf(hash: string): string {
    return createHmac('sha256', this.#key).update(hash).digest('hex');
  }
}

function endAll({ streams }: Known, how: 'revoked' | 'expired'): void {
  const ended = [...streams];
  streams.clear();
  for (const end of ended) end(how);
}

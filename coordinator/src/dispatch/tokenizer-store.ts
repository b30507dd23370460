import { randomUUID } from 'node:crypto';
import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { makeFolders } from '@helium/shared';
import type { Logger } from '@helium/shared/telemetry';
import {
  deserializeTokenizer,
  serializeTokenizer,
  type TokenizerSpec,
} from '@helium/shared/tokenizer';

/** Tokenizers that workers brought, by digest, kept for the coordinator's next start. */
export interface TokenizerStore {
  find(digest: string): TokenizerSpec | undefined;
  keep(digest: string, spec: TokenizerSpec): void;
  /** Digest of the one that was found or kept last. */
  latest(): string | undefined;
}

/** Keeps nothing. */
export const NO_TOKENIZER_STORE: TokenizerStore = {
  find: () => undefined,
  keep: () => {},
  latest: () => undefined,
};

/** Of more, those not found for longest are removed; one takes about half a megabyte. */
const KEPT_MAX = 16;
const FILE = /^([0-9a-f]{64})\.json\.gz$/;

/**
 * A store of files, each as a worker sends it, named by digest. What cannot be read or written, or is not
 * what its name says, costs a word to `logger`: the worker sends its tokenizer again.
 */
export function createTokenizerStore(folder: string, logger: Logger): TokenizerStore {
  const pathOf = (digest: string) => join(folder, `${digest}.json.gz`);
  return {
    find(digest) {
      const path = pathOf(digest);
      if (!existsSync(path)) return undefined;
      try {
        const found = deserializeTokenizer(readFileSync(path));
        if (found.digest !== digest) throw new Error(`its digest is ${found.digest}`);
        const now = new Date();
        utimesSync(path, now, now);
        return found.spec;
      } catch (error) {
        logger.warn('a kept tokenizer is of no use', { path, error });
        return undefined;
      }
    },
    keep(digest, spec) {
      const draft = join(folder, randomUUID());
      try {
        makeFolders(folder, 0o700);
        writeFileSync(draft, serializeTokenizer(spec), { mode: 0o600 });
        renameSync(draft, pathOf(digest));
        for (const old of byUse(folder).slice(KEPT_MAX)) rmSync(pathOf(old), { force: true });
      } catch (error) {
        if (existsSync(draft)) rmSync(draft);
        logger.warn('a tokenizer was not kept', { folder, error });
      }
    },
    latest: () => byUse(folder)[0],
  };
}

/** Digests, the one used last first. */
function byUse(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const usedAt = (digest: string) =>
    statSync(join(folder, `${digest}.json.gz`), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return readdirSync(folder)
    .flatMap((name) => FILE.exec(name)?.[1] ?? [])
    .map((digest) => ({ digest, at: usedAt(digest) }))
    .sort((a, b) => b.at - a.at)
    .map(({ digest }) => digest);
}

import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Paths of PEM files. */
export interface IssuedFiles {
  readonly cert: string;
  readonly key: string;
}

/** Makes certificates for tests, with the program `openssl`: none is good for anything else. */
export interface TestAuthority {
  /** Its own certificate. */
  readonly ca: string;
  /** Signs a certificate of these names, each "DNS:…" or "IP:…", good for two days. */
  issue(name: string, ...names: readonly string[]): IssuedFiles;
}

/** An authority that nobody else trusts. */
export function createAuthority(commonName = 'test authority'): TestAuthority {
  const folder = mkdtempSync(join(tmpdir(), 'helium-tls-'));
  const path = (name: string) => join(folder, name);
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const [ca, caKey] = [path('ca.crt'), path('ca.key')];
  const own = ['-keyout', caKey, '-out', ca, '-days', '2', '-subj', `/CN=${commonName}`];
  openssl('req', '-x509', ...newKey, ...own);
  return {
    ca,
    issue(name, ...names) {
      const [cert, key] = [path(`${name}.crt`), path(`${name}.key`)];
      const [request, extensions] = [path(`${name}.csr`), path(`${name}.ext`)];
      writeFileSync(extensions, names.length === 0 ? '' : `subjectAltName=${names.join(',')}\n`);
      openssl('req', '-new', ...newKey, '-keyout', key, '-out', request, '-subj', `/CN=${name}`);
      const signed = ['-in', request, '-out', cert, '-days', '2', '-extfile', extensions];
      openssl('x509', '-req', '-CA', ca, '-CAkey', caKey, '-CAcreateserial', ...signed);
      return { cert, key };
    },
  };
}

function openssl(...args: readonly string[]): void {
  try {
    execFileSync('openssl', args, { stdio: 'pipe' });
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    if (isMissing) throw new Error('tests of TLS need the program openssl', { cause });
    throw cause;
  }
}

import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { getCACertificates } from 'node:tls';
import { HeliumError } from '../errors/helium-error.ts';

/** A certificate with those that lead to its authority, and its private key; PEM. */
export interface KeyPair {
  readonly certificate: Buffer;
  readonly privateKey: Buffer;
  /** When the certificate ends, ISO 8601. */
  readonly endsAt: string;
}

/** In place of a file of authorities: those that Node comes with. */
const SYSTEM = 'system';

/**
 * Reads the files of the settings `tls-cert` and `tls-key`. Throws CONFIG_INVALID with setting, file and reason: one
 * that cannot be read, is not PEM, has ended or not begun, or a key of another certificate.
 */
export function readKeyPair(certPath: string, keyPath: string, now = Date.now()): KeyPair {
  const certificate = readPem('tls-cert', certPath);
  const [leaf] = parseCertificates('tls-cert', certPath, certificate);
  assertInForce(leaf, `tls-cert: ${certPath}`, now);
  const privateKey = readPem('tls-key', keyPath);
  if (!leaf.checkPrivateKey(parseKey(keyPath, privateKey))) {
    const message = `tls-key: ${keyPath} is not the key of the certificate in ${certPath} (tls-cert)`;
    throw new HeliumError('CONFIG_INVALID', message);
  }
  return { certificate, privateKey, endsAt: new Date(leaf.validTo).toISOString() };
}

/**
 * Reads the certificates of authorities that a setting names; `system` are those that Node comes with. Throws
 * CONFIG_INVALID, also where none of them is in force.
 */
export function readAuthorities(setting: string, path: string, now = Date.now()): Buffer {
  if (path === SYSTEM) return Buffer.from(getCACertificates('default').join('\n'));
  const content = readPem(setting, path);
  const found = parseCertificates(setting, path, content);
  const inForce = found.find((each) => isInForce(each, now));
  if (inForce === undefined) assertInForce(found[0], `${setting}: ${path}`, now);
  return content;
}

function readPem(setting: string, path: string): Buffer {
  let content: Buffer;
  try {
    content = readFileSync(path);
  } catch (cause) {
    const message = `${setting}: ${path} cannot be read: ${(cause as Error).message}`;
    throw new HeliumError('CONFIG_INVALID', message, { cause });
  }
  const wanted = setting === 'tls-key' ? 'PRIVATE KEY' : 'CERTIFICATE';
  if (!new RegExp(`-----BEGIN [A-Z ]*${wanted}-----`).test(content.toString('latin1'))) {
    const message = `${setting}: ${path} is not PEM of that kind: it has no "BEGIN ${wanted}"`;
    throw new HeliumError('CONFIG_INVALID', message);
  }
  return content;
}

function parseCertificates(
  setting: string,
  path: string,
  content: Buffer,
): [X509Certificate, ...X509Certificate[]] {
  const blocks = /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[\s\S]*?-----END [A-Z0-9 ]+-----/g;
  const texts = content.toString('latin1').match(blocks) ?? [''];
  const parsed = texts.map((text, index) => {
    try {
      return new X509Certificate(text);
    } catch (cause) {
      const message = `${setting}: ${path}: certificate ${index + 1} of ${texts.length} is damaged: ${(cause as Error).message}`;
      throw new HeliumError('CONFIG_INVALID', message, { cause });
    }
  });
  return parsed as [X509Certificate, ...X509Certificate[]];
}

function parseKey(path: string, content: Buffer): KeyObject {
  try {
    return createPrivateKey(content);
  } catch (cause) {
    const isEncrypted = content.toString('latin1').includes('ENCRYPTED');
    const why = isEncrypted ? 'is encrypted: a key without a passphrase is taken' : 'is damaged';
    const message = `tls-key: ${path} ${why} (${(cause as Error).message})`;
    throw new HeliumError('CONFIG_INVALID', message, { cause });
  }
}

function isInForce(certificate: X509Certificate, now: number): boolean {
  return Date.parse(certificate.validFrom) <= now && now < Date.parse(certificate.validTo);
}

function assertInForce(certificate: X509Certificate, what: string, now: number): void {
  if (isInForce(certificate, now)) return;
  const { validFrom, validTo } = certificate;
  const time = (text: string) => new Date(text).toISOString();
  const why =
    now < Date.parse(validFrom)
      ? `is in force from ${time(validFrom)} on`
      : `ended ${time(validTo)}`;
  throw new HeliumError('CONFIG_INVALID', `${what}: the certificate ${why}`);
}

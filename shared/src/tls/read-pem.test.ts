import {
  copyFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createAuthority } from './certificates.fixture.ts';
import { dialTls } from './dial-tls.ts';
import { readAuthorities, readKeyPair } from './read-pem.ts';

const authority = createAuthority();
const one = authority.issue('one', 'DNS:one');
const other = authority.issue('other', 'DNS:other');
const folder = mkdtempSync(join(tmpdir(), 'helium-pem-'));
const file = (name: string, text: string | Buffer) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const DAY_MS = 24 * 3_600_000;

describe('certificates', () => {
  it('are read with their key and say when they end', () => {
    const { certificate, privateKey, endsAt } = readKeyPair(one.cert, one.key);
    expect(certificate).toEqual(readFileSync(one.cert));
    expect(privateKey).toEqual(readFileSync(one.key));
    expect(Date.parse(endsAt)).toBeGreaterThan(Date.now());
    expect(readAuthorities('tls-ca', authority.ca)).toEqual(readFileSync(authority.ca));
    expect(readAuthorities('tls-ca', 'system').toString()).toContain('BEGIN CERTIFICATE');
  });

  it('that cannot be used are refused by setting, file and reason', () => {
    const none = join(folder, 'none');
    const damaged = file('damaged', readFileSync(one.cert, 'utf8').replace(/.{40}\n/, 'AAAA\n'));
    const two = file('two', `${readFileSync(authority.ca)}${readFileSync(damaged)}`);
    const badKey = file(
      'bad.key',
      '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n',
    );
    const locked = file(
      'locked.key',
      '-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n',
    );
    const pair = (cert: string, key: string, now?: number) => () => readKeyPair(cert, key, now);
    expect(pair(none, one.key)).toThrow(`tls-cert: ${none} cannot be read: ENOENT`);
    expect(pair(one.key, one.key)).toThrow(
      `tls-cert: ${one.key} is not PEM of that kind: it has no "BEGIN CERTIFICATE"`,
    );
    expect(pair(one.cert, one.cert)).toThrow(
      `tls-key: ${one.cert} is not PEM of that kind: it has no "BEGIN PRIVATE KEY"`,
    );
    expect(pair(damaged, one.key)).toThrow(`tls-cert: ${damaged}: certificate 1 of 1 is damaged`);
    expect(pair(one.cert, badKey)).toThrow(`tls-key: ${badKey} is damaged`);
    expect(pair(one.cert, locked)).toThrow(`tls-key: ${locked} is encrypted`);
    expect(pair(one.cert, other.key)).toThrow(
      `tls-key: ${other.key} is not the key of the certificate in ${one.cert} (tls-cert)`,
    );
    const late = Date.now() + 9 * DAY_MS;
    expect(pair(one.cert, one.key, late)).toThrow(/^tls-cert: .*one\.crt: the certificate ended 2/);
    expect(pair(one.cert, one.key, Date.now() - DAY_MS)).toThrow(
      /the certificate is in force from 2/,
    );
    expect(() => readAuthorities('tls-client-ca', two)).toThrow(
      `tls-client-ca: ${two}: certificate 2 of 2 is damaged`,
    );
    expect(() => readAuthorities('tls-ca', authority.ca, late)).toThrow('the certificate ended');
  });

  it('for dialling are complete or refused', () => {
    expect(dialTls({ ca: '', cert: '', key: '' })).toBeUndefined();
    const dial = (files: object) => () => dialTls({ ca: '', cert: '', key: '', ...files });
    expect(dial({ cert: one.cert })).toThrow('tls-key: is missing: tls-cert is set');
    expect(dial({ key: one.key })).toThrow('tls-cert: is missing: tls-key is set');
    expect(dial(one)).toThrow('tls-ca: is missing: tls-cert is set');
  });

  it('for dialling follow their files; broken ones are told once and leave those of before', () => {
    const [cert, key] = [join(folder, 'live.crt'), join(folder, 'live.key')];
    const use = (pair: typeof one) => {
      copyFileSync(pair.cert, cert);
      copyFileSync(pair.key, key);
    };
    use(one);
    const told: string[] = [];
    const tls = dialTls({ ca: authority.ca, cert, key }, (message) => told.push(message));
    expect(tls?.().cert).toEqual(readFileSync(one.cert));
    copyFileSync(other.cert, cert);
    for (let i = 0; i < 3; i++) expect(tls?.().cert).toEqual(readFileSync(one.cert));
    expect(told).toEqual([
      `tls-key: ${key} is not the key of the certificate in ${cert} (tls-cert)`,
    ]);
    // What cannot even be looked at is no more than broken.
    rmSync(cert);
    symlinkSync(cert, cert);
    expect(tls?.().cert).toEqual(readFileSync(one.cert));
    expect(told[1]).toContain(`tls-cert: ${cert} cannot be read: ELOOP`);
    rmSync(cert);
    use(other);
    expect(tls?.().cert).toEqual(readFileSync(other.cert));
    expect(tls?.().key).toEqual(readFileSync(other.key));
  });
});

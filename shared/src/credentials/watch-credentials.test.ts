import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HeliumError } from '../errors/helium-error.ts';
import { createToken, hashToken } from '../identity/index.ts';
import { type Logger, silentLogger } from '../telemetry/logger.ts';
import type { Clock } from '../time/clock.ts';
import { readCredentials } from './read-credentials.ts';
import { watchCredentials } from './watch-credentials.ts';

const folder = mkdtempSync(join(tmpdir(), 'helium-credentials-'));
const write = (name: string, content: unknown) => {
  const path = join(folder, name);
  // As editors and kubelets do: never half a file.
  writeFileSync(`${path}.new`, typeof content === 'string' ? content : JSON.stringify(content));
  renameSync(`${path}.new`, path);
  return path;
};
const entry = (name: string, token: string, more: object = {}) => ({
  name,
  roles: ['client'],
  tenant: 'acme',
  sha256: hashToken(token),
  ...more,
});

const setting = (value: string) => ({ name: 'credentials', value }) as const;

function faultsOf(value: string): string[] {
  try {
    readCredentials(setting(value));
  } catch (error) {
    expect(error).toBeInstanceOf(HeliumError);
    return (error as HeliumError).faults.map(({ field, message }) => `${field}: ${message}`);
  }
  return [];
}

/** A clock whose timers fire when they are told to. */
function stoppedClock() {
  let due = () => {};
  const clock: Clock = {
    now: () => 0,
    wallTime: () => 0,
    setTimer: (_, fire) => {
      due = fire;
      return { cancel: () => {} };
    },
  };
  return { clock, look: () => due() };
}

describe('the credentials', () => {
  it('are entries of YAML and JSON files, and of the files of folders', () => {
    const [a, b, c] = [createToken(), createToken(), createToken()];
    const yaml = write(
      'a.yaml',
      `credentials:\n  - { name: a, roles: [client, operator], tenant: acme, sha256: ${hashToken(a)} }\n`,
    );
    mkdirSync(join(folder, 'secret', '..data'), { recursive: true });
    write('secret/b.json', {
      credentials: [entry('b', b), entry('c', c, { expires: '2027-01-31' })],
    });
    expect(readCredentials(setting(`${yaml}, ${join(folder, 'secret')}`))).toEqual([
      {
        name: 'a',
        roles: new Set(['client', 'operator']),
        tenant: 'acme',
        sha256: hashToken(a),
        expiresAtMs: Number.POSITIVE_INFINITY,
      },
      expect.objectContaining({ name: 'b' }),
      expect.objectContaining({ name: 'c', expiresAtMs: Date.parse('2027-01-31') }),
    ]);
  });

  it('are refused with every fault by file and place; what stands for a hash is not told', () => {
    const token = createToken();
    const path = write('bad.json', {
      credential: 1,
      credentials: [
        'x',
        { name: 'a b', roles: ['boss'], tenant: '', sha256: token, secret: 1 },
        entry('twin', token, { roles: [], expires: 'soon' }),
        entry('twin', token, { tenant: undefined }),
      ],
    });
    const faults = faultsOf(path);
    expect(faults.join('\n')).not.toContain(token);
    const rule =
      'is not up to 63 letters, digits, dots, dashes and underscores, the first a letter or digit';
    expect(faults).toEqual([
      `${path}: "credential" is no key of it: it has credentials`,
      `${path}: credentials[0]: is no entry, \`name: …, roles: […], sha256: …\``,
      `${path}: credentials[1]: secret: is unknown; known: name, roles, tenant, sha256, expires`,
      `${path}: credentials[1]: name: "a b" ${rule}`,
      `${path}: credentials[1]: sha256: is not the SHA-256 of a token, 64 hex digits (0-9, a-f)`,
      `${path}: credentials[1]: roles: "boss" is none of client, operator, worker, monitor`,
      `${path}: credentials[1]: tenant: "" ${rule}`,
      `${path}: credentials[2]: roles: is not a list of client, operator, worker, monitor`,
      `${path}: credentials[2]: expires: "soon" is no date as 2027-01-31 or 2027-01-31T12:00:00Z`,
      `${path}: credentials[3]: tenant: is missing: a client is one of a tenant`,
      'credentials: the entries "twin" and "twin" have the same name',
      'credentials: the entries "twin" and "twin" have the same token',
    ]);
    expect(faultsOf(write('empty.json', { credentials: [] }))).toEqual([
      `${join(folder, 'empty.json')}: has no entry: nobody could call`,
    ]);
    expect(() => readCredentials(setting(join(folder, 'none')))).toThrow('none is not there');
    const loop = join(folder, 'loop');
    symlinkSync(loop, loop);
    expect(() => readCredentials(setting(loop))).toThrow(
      `credentials: ${loop} cannot be read: ELOOP`,
    );
  });

  it('follow their files: new tokens are taken, removed ones end what they began, a broken file changes nothing', () => {
    const [first, second] = [createToken(), createToken()];
    const { clock, look } = stoppedClock();
    const lines: string[] = [];
    const say = (message: string, fields: object = {}) =>
      void lines.push(`${message} ${JSON.stringify(fields)}`);
    const logger: Logger = { ...silentLogger, info: say, error: say };
    const path = write('live.json', { credentials: [entry('first', first)] });
    const { book } = watchCredentials(setting(path), { clock, logger });
    const found = book.find(first);
    if (typeof found === 'string') throw new Error(found);
    const ends: string[] = [];
    book.enter(found, (how) => ends.push(how));
    look();

    write('live.json', { credentials: [entry('renamed', first), entry('second', second)] });
    look();
    expect(book.find(second)).toMatchObject({ name: 'second' });
    expect(ends).toEqual([]);

    write('live.json', '{ "credentials": [');
    look();
    look();
    expect(book.find(first)).toMatchObject({ name: 'renamed' });
    rmSync(path);
    look();
    expect(book.find(first)).toMatchObject({ name: 'renamed' });

    write('live.json', { credentials: [entry('second', second)] });
    look();
    expect(book.find(first)).toBe('unknown');
    expect(ends).toEqual(['revoked']);
    expect(lines).toEqual([
      'callers need a token {"credentials":1}',
      'the credentials have changed {"added":"second","removed":""}',
      expect.stringContaining('the credentials of before stay in force'),
      expect.stringContaining('live.json is not there'),
      'the credentials have changed {"added":"","removed":"renamed"}',
    ]);
  });

  it('of another tenant or with other roles are others, though the token is the same', () => {
    const token = createToken();
    const { clock, look } = stoppedClock();
    const target = write('one.json', { credentials: [entry('a', token)] });
    const link = join(folder, 'link.json');
    symlinkSync(target, link);
    const { book } = watchCredentials(setting(link), { clock, logger: silentLogger });
    const found = book.find(token);
    if (typeof found === 'string') throw new Error(found);
    const ends: string[] = [];
    book.enter(found, (how) => ends.push(how));
    rmSync(link);
    symlinkSync(write('two.json', { credentials: [entry('a', token, { tenant: 'blue' })] }), link);
    look();
    expect(ends).toEqual(['revoked']);
    expect(book.find(token)).toMatchObject({ tenant: 'blue' });
  });

  it('take no word that somebody thought of, though its hash is listed', () => {
    const { clock } = stoppedClock();
    const path = write('words.json', { credentials: [entry('a', 'secret')] });
    const { book } = watchCredentials(setting(path), { clock, logger: silentLogger });
    expect(book.find('secret')).toBe('unknown');
  });
});

import { copyFileSync, mkdtempSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HeliumClient, text, workflow } from '@helium/client';
import { homeFolders } from '@helium/shared/config';
import { createToken, hashToken } from '@helium/shared/identity';
import { createAuthority } from '@helium/shared/test/certificates';
import { beforeAll, describe, expect, it } from 'vitest';
import { commandOf, descendants, startChild, startRoom } from './child.fixture.ts';
import { createWorld, questionRows, REVIEW, type World } from './helium.fixture.ts';

const authority = createAuthority();
const folder = mkdtempSync(join(tmpdir(), 'helium-identity-'));
const path = (name: string) => join(folder, name);
const COORDINATOR = 'helium.test';

let world: World;

beforeAll(async () => {
  world = await createWorld();
});

/** Files of a coordinator, a worker, two tenants and a person, written anew as often as asked. */
function rotate(): void {
  const entries = [
    ['acme', ['client']],
    ['blue', ['client']],
    ['ops', ['operator']],
    ['pool', ['worker']],
  ].map(([name, roles]) => {
    const token = createToken();
    replace(`${name}.token`, `${token}\n`);
    return { name, roles, tenant: name, sha256: hashToken(token) };
  });
  for (const [name, names] of [
    ['server', [`DNS:${COORDINATOR}`]],
    ['caller', []],
  ] as const) {
    const { cert, key } = authority.issue(name, ...names);
    copyFileSync(cert, path(`${name}.crt`));
    copyFileSync(key, path(`${name}.key`));
  }
  replace('credentials.json', JSON.stringify({ credentials: entries }));
}

function replace(name: string, content: string): void {
  writeFileSync(path(`${name}.new`), content);
  renameSync(path(`${name}.new`), path(name));
}

const asServer = ['--tls-cert', path('server.crt'), '--tls-key', path('server.key')];
const asCaller = ['--tls-cert', path('caller.crt'), '--tls-key', path('caller.key')];
const trusting = ['--tls-ca', authority.ca, '--tls-server-name', COORDINATOR];
const tokenOf = (name: string) => ['--token-file', path(`${name}.token`)];

/** A coordinator with mutual TLS and credentials, and a worker with its own. */
async function start(...workerFlags: string[]) {
  rotate();
  const { environment } = world;
  const coordinator = startRoom(
    'coordinator',
    environment,
    // Of its own: what was kept of earlier runs is none of these tests'.
    ...['--home', mkdtempSync(join(tmpdir(), 'helium-identity-'))],
    ...['--listen', '127.0.0.1:0', '--credentials', path('credentials.json')],
    ...[...asServer, '--tls-client-ca', authority.ca],
  );
  const [, address = ''] = await coordinator.says(/listening on (\S+)/);
  const at = ['--coordinator', address];
  const flags = [...at, '--engine', 'sim', ...trusting, ...asCaller, ...workerFlags];
  const worker = startRoom('worker', environment, ...flags, ...tokenOf('pool'));
  await worker.says(/attached to 127/);
  return { coordinator, worker, address, at: [...at, ...trusting, ...asCaller] };
}

describe('a coordinator with mutual TLS and credentials', () => {
  it('serves those who show what they must, each tenant its own, and tells others why not', async () => {
    const { at, coordinator, address } = await start();
    const file = world.file('review.yaml', REVIEW);
    const rows = world.file('rows.jsonl', questionRows(0, 2));
    const run = ['run', file, '--rows', rows, '--quiet', '--json'];
    const acme = await world.run(file, '--rows', rows, ...at, ...tokenOf('acme'));
    const blue = await world.run(file, '--rows', rows, ...at, ...tokenOf('blue'));
    const again = await world.run(file, '--rows', rows, ...at, ...tokenOf('acme'));
    // The same work, and nothing of it known from the other; of one's own all.
    const { executed, cached } = acme.operators;
    expect([executed > 0, cached]).toEqual([true, 0]);
    expect([blue.operators, blue.tokens.generated]).toEqual([
      acme.operators,
      acme.tokens.generated,
    ]);
    expect(blue.outputs_sha256).toBe(acme.outputs_sha256);
    expect([again.operators.executed, again.operators.cached > 0]).toEqual([0, true]);

    const outcome = async (...args: string[]) => {
      const { code, stderr } = await world.helium(...args);
      return `${code} ${stderr.trim().split('\n').at(-1)}`;
    };
    expect(await outcome(...run, ...at)).toBe(
      '2 UNAUTHENTICATED: this coordinator takes calls with a token only, "authorization: Bearer TOKEN"; there is none',
    );
    const wrong = path('wrong.token');
    writeFileSync(wrong, createToken());
    expect(await outcome(...run, ...at, '--token-file', wrong)).toBe(
      "2 UNAUTHENTICATED: the call's token is not known to this coordinator, or not any more",
    );
    expect(await outcome(...run, ...at, ...tokenOf('pool'))).toBe(
      '2 PERMISSION_DENIED: helium.v1.RunService/CreateRun needs the role client; the token of "pool" has worker',
    );
    expect(await outcome('workers', ...at, ...tokenOf('acme'))).toBe(
      '2 PERMISSION_DENIED: helium.v1.ClusterService/ListWorkers needs the role operator; the token of "acme" has client',
    );
    expect((await world.helium('workers', ...at, ...tokenOf('ops'))).code).toBe(0);
    const withoutOwn = ['--coordinator', address, ...trusting, ...tokenOf('acme')];
    expect(await outcome(...run, ...withoutOwn)).toMatch(/^3 UNREACHABLE: no coordinator answers/);
    expect(coordinator.output.stderr).not.toContain('helium_');
  });

  it('tells nobody of the runs of others: there or not, the answer is the same', async () => {
    const { address } = await start();
    const flow = workflow({ name: 'w', inputs: ['q'] }, (w, { q }) => ({
      a: w.llm('a', { user: text`Say ${q}.`, maxTokens: 4 }),
    }));
    const tls = {
      ca: authority.ca,
      cert: path('caller.crt'),
      key: path('caller.key'),
      serverName: COORDINATOR,
    };
    const clientOf = (name: string) =>
      new HeliumClient(address, { tls, tokenFile: path(`${name}.token`) });
    using acme = clientOf('acme');
    using blue = clientOf('blue');
    const requestId = 'b7c9a0de-7a4d-4a0f-8c57-0c8a4e0a3f00';
    const mine = await acme.run(flow, [{ q: 'x' }], { requestId });
    const theirs = await blue.run(flow, [{ q: 'x' }], { requestId });
    expect(theirs.id).not.toBe(mine.id);
    await Promise.all([mine.result(), theirs.result()]);
    const idsOf = async (client: HeliumClient) => {
      const ids: string[] = [];
      for await (const { id } of client.listRuns()) ids.push(id);
      return ids;
    };
    expect([await idsOf(acme), await idsOf(blue)]).toEqual([[mine.id], [theirs.id]]);
    const none = mine.id.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
    const told = async (id: string) =>
      Promise.all(
        [blue.getRun(id), blue.cancelRun(id, 'why not'), blue.follow(id).events().next()].map(
          (asked) => asked.then(String, ({ code, message }) => `${code}: ${message}`),
        ),
      );
    const words = (texts: string[], id: string) => texts.map((each) => each.replaceAll(id, 'ID'));
    const another = words(await told(mine.id), mine.id);
    expect(another).toEqual(words(await told(none), none));
    expect(another[0]).toMatch(/^RUN_UNKNOWN: run "ID" is not known here/);
    expect((await acme.getRun(mine.id)).state).toBe('succeeded');
  });

  it('goes on with a run while all tokens and certificates are replaced', async () => {
    const { address, coordinator, worker } = await start('--sim-speed', '1');
    const tls = {
      ca: authority.ca,
      cert: path('caller.crt'),
      key: path('caller.key'),
      serverName: COORDINATOR,
    };
    using client = new HeliumClient(address, { tls, tokenFile: path('acme.token') });
    const flow = workflow({ name: 'long', inputs: ['q'] }, (w, { q }) => {
      const first = w.llm('first', { user: q, maxTokens: 32 });
      return { answer: w.llm('second', { user: text`More: ${first}`, maxTokens: 32 }) };
    });
    const rows = Array.from({ length: 24 }, (_, i) => ({ q: `question ${i}` }));
    const run = await client.run(flow, rows);
    const result = run.result();
    rotate();
    await coordinator.says(/the credentials have changed/);
    await coordinator.says(/the certificates have changed/);
    await worker.says(/was revoked while the call went on/);
    const { rows: answers } = await result;
    expect(answers).toHaveLength(24);
    expect(answers.every((row) => (row.answer ?? '').length > 0)).toBe(true);
    expect((await client.getRun(run.id)).state).toBe('succeeded');
  });
});

describe('helium up with credentials', () => {
  it('lets its own workers attach, and leaves nothing of their token behind', async () => {
    rotate();
    const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
    const credentials = ['--credentials', path('credentials.json')];
    const flags = ['--engine', 'sim', '--workers', '1', '--listen', '127.0.0.1:0', '--json'];
    const up = startChild(process.execPath, [main, 'up', ...flags, ...credentials], {
      env: world.environment,
    });
    const [, at = ''] = await up.says(/"coordinator":"([^"]+)"/);
    const asked = ['workers', '--coordinator', at, '--json', ...tokenOf('ops')];
    const { workers } = JSON.parse((await world.helium(...asked)).stdout);
    expect(workers).toMatchObject([{ id: 'worker-1', state: 'ready' }]);
    const commands = descendants(up.pid).map(commandOf);
    expect(commands.length).toBeGreaterThan(1);
    expect(commands.join()).not.toContain('helium_');
    up.signal('SIGINT');
    await up.exited;
    const { state } = homeFolders({ home: world.home });
    expect(readdirSync(state).filter((name) => name.startsWith('workers-of'))).toEqual([]);
  });

  it('is told when its workers could not dial it', async () => {
    rotate();
    const flags = ['--engine', 'sim', '--listen', '127.0.0.1:0', ...asServer];
    const { code, stderr } = await world.helium('up', ...flags);
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining('CONFIG_INVALID: tls-ca: is missing'),
    ]);
  });
});

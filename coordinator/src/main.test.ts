import { spawn } from 'node:child_process';
import { on, once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { credentials } from '@grpc/grpc-js';
import { ClusterService, type wire } from '@helium/proto';
import { createToken, hashToken } from '@helium/shared/identity';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startRedisServer } from './cache/redis-server.fixture.ts';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));

/** The program on a home of its own; ended with the test. */
function start(...flags: string[]) {
  const home = mkdtempSync(join(tmpdir(), 'helium-coordinator-'));
  const args = [MAIN, '--home', home, ...flags];
  const env = { ...process.env, HELIUM_EXIT_WITH_STDIN: '1' };
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'pipe'], env });
  onTestFinished(() => {
    child.kill('SIGKILL');
    rmSync(home, { recursive: true, force: true });
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  child.stdout.setEncoding('utf8');
  const exited = once(child, 'close').then(([code]) => ({ code: code as number, stderr }));
  return { child, exited };
}

async function addressOf(child: ReturnType<typeof start>['child']): Promise<string> {
  const [line] = (await once(child.stdout, 'data')) as [string];
  const [, address] = /^helium coordinator listening on (127\.0\.0\.1:\d+)\n$/.exec(line) ?? [];
  if (address === undefined) throw new Error(`unexpected output: ${line}`);
  return address;
}

/** The first line of its log with that text. */
async function lineOf(child: ReturnType<typeof start>['child'], text: string): Promise<string> {
  for await (const [lines] of on(child.stderr, 'data') as AsyncIterable<[string]>) {
    const found = lines.split('\n').find((line) => line.includes(text));
    if (found !== undefined) return found;
  }
  throw new Error(`no line with "${text}"`);
}

describe('the coordinator program', () => {
  it('says where it listens, answers there, and ends with 0 on SIGTERM', async () => {
    const { child, exited } = start('--listen', '127.0.0.1:0');
    const client = new ClusterService(await addressOf(child), credentials.createInsecure());
    const capabilities = await new Promise<wire.Capabilities__Output | undefined>(
      (resolve, reject) => {
        client.getCapabilities({}, (error, answer) => (error ? reject(error) : resolve(answer)));
      },
    );
    client.close();
    expect(capabilities?.policies.length).toBeGreaterThan(0);
    child.kill('SIGTERM');
    expect((await exited).code).toBe(0);
  });

  it('starts while the Redis of its journal is away: it says so, and serves when that is there', async () => {
    const redis = await startRedisServer(['--appendonly', 'yes']);
    onTestFinished(() => redis.stop());
    await redis.kill();
    const { child, exited } = start('--listen', '127.0.0.1:0', '--redis-url', redis.url);
    let isServing = false;
    const address = addressOf(child).finally(() => {
      isServing = true;
    });
    expect(await lineOf(child, 'waiting for the run journal')).toContain(redis.url);
    expect(isServing).toBe(false);
    await redis.restart();
    const client = new ClusterService(await address, credentials.createInsecure());
    onTestFinished(() => client.close());
    await new Promise<void>((resolve, reject) => {
      client.getCapabilities({}, (error) => (error ? reject(error) : resolve()));
    });
    child.kill('SIGTERM');
    expect((await exited).code).toBe(0);
  });

  it('ends with 0 on SIGTERM also while it waits for its journal', async () => {
    const redis = await startRedisServer();
    onTestFinished(() => redis.stop());
    await redis.kill();
    const { child, exited } = start('--listen', '127.0.0.1:0', '--redis-url', redis.url);
    await lineOf(child, 'waiting for the run journal');
    child.kill('SIGTERM');
    const { code, stderr } = await exited;
    expect(stderr).toContain('stopped before it served reason=SIGTERM');
    expect(code).toBe(0);
  });

  it('ends with 2 when the address is in use', async () => {
    const first = start('--listen', '127.0.0.1:0');
    const address = await addressOf(first.child);
    const { code, stderr } = await start('--listen', address).exited;
    expect(stderr).toBe(
      `helium coordinator: ADDRESS_IN_USE: ${address} is in use by another process\n`,
    );
    expect(code).toBe(2);
  });

  it('ends with 2 for settings that are none', async () => {
    const { code, stderr } = await start('--heartbeat-ms', 'soon').exited;
    expect(stderr).toContain('heartbeat-ms: "soon" (from flag) is not a whole number');
    expect(code).toBe(2);
  });

  it('drains and ends with 0 when its standard input ends', async () => {
    const { child, exited } = start('--listen', '127.0.0.1:0');
    await addressOf(child);
    child.stdin.end();
    const { code, stderr } = await exited;
    expect(stderr).toContain('draining reason="the end of standard input"');
    expect(code).toBe(0);
  });

  it('prints its settings for --help and ends with 0', async () => {
    const { child, exited } = start('--help');
    const [help] = (await once(child.stdout, 'data')) as [string];
    expect(help).toContain('--listen <text>');
    expect(await exited).toEqual({ code: 0, stderr: '' });
  });

  it('is reached from other machines with neither token nor certificate only where that is asked for', async () => {
    const open = ['--listen', '0.0.0.0:0', '--metrics-listen', '0.0.0.0:0'];
    const refused = async (...flags: string[]) => {
      const { code, stderr } = await start(...open, ...flags).exited;
      return `${code} ${stderr.trim().split('\n').at(-1)}`;
    };
    expect(await refused()).toContain(
      '2 helium coordinator: CONFIG_INVALID: listen: everybody who reaches 0.0.0.0:0 could run',
    );
    const [token, monitor] = [createToken(), createToken()];
    const home = mkdtempSync(join(tmpdir(), 'helium-door-'));
    onTestFinished(() => rmSync(home, { recursive: true, force: true }));
    const path = join(home, 'credentials.json');
    const entry = (name: string, shown: string, role: string) => ({
      name,
      roles: [role],
      sha256: hashToken(shown),
    });
    const entries = [entry('ops', token, 'operator'), entry('prometheus', monitor, 'monitor')];
    writeFileSync(path, JSON.stringify({ credentials: entries }));
    expect(await refused('--credentials', path)).toContain(
      '2 helium coordinator: CONFIG_INVALID: metrics-listen: everybody who reaches 0.0.0.0:0 could read',
    );
    const { child } = start(...open, '--credentials', path, '--metrics-credentials', path);
    let port: string | undefined;
    for await (const text of child.stderr) {
      port = /serving metrics address=0\.0\.0\.0:(\d+)/.exec(text)?.[1];
      if (port !== undefined) break;
    }
    const read = async (authorization?: string) => {
      const headers = authorization === undefined ? {} : { authorization };
      return (await fetch(`http://127.0.0.1:${port}/metrics`, { headers })).status;
    };
    expect([await read(), await read(`Bearer ${token}`), await read(`Bearer ${monitor}`)]).toEqual([
      401, 403, 200,
    ]);
  });

  it('says in its log what it means to listen beyond loopback without credentials and TLS', async () => {
    const { child, exited } = start('--listen', '0.0.0.0:0', '--anonymous-access', 'all');
    await once(child.stdout, 'data');
    child.kill('SIGTERM');
    const { stderr } = await exited;
    expect(stderr).toContain('prompts and answers pass this address readable');
    expect(stderr).toContain('everybody who reaches this address may run, read, cancel, drain');
  });

  it('does not start with credentials or certificates that it cannot use', async () => {
    const refused = async (...flags: string[]) => {
      const { code, stderr } = await start('--listen', '127.0.0.1:0', ...flags).exited;
      return `${code} ${stderr.trim().split('\n')[0]}`;
    };
    expect(await refused('--credentials', '/nowhere')).toBe(
      '2 helium coordinator: CONFIG_INVALID: credentials: /nowhere is not there',
    );
    expect(await refused('--tls-cert', '/nowhere')).toBe(
      '2 helium coordinator: CONFIG_INVALID: tls-key: is missing: tls-cert is set',
    );
  });
});

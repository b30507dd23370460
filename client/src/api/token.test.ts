import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Metadata, Server, ServerCredentials, status } from '@grpc/grpc-js';
import { RunService } from '@helium/proto';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { HeliumClient } from './helium-client.ts';

const [FIRST, SECOND] = ['helium_first-of-them', 'helium_second-of-them'] as const;

/** A coordinator that takes one token, and shows what it was shown. */
async function serve() {
  const shown: string[] = [];
  const state = { taken: FIRST as string };
  const metadata = new Metadata();
  metadata.set('helium-code', 'UNAUTHENTICATED');
  const refusal = { code: status.UNAUTHENTICATED, details: 'not known', metadata };
  const isTaken = (call: { metadata: Metadata }) => {
    const value = String(call.metadata.get('authorization')[0]);
    shown.push(value);
    return value === `Bearer ${state.taken}`;
  };
  const watching = new Set<NodeJS.EventEmitter>();
  const server = new Server();
  server.addService(RunService.service, {
    listRuns(call: { metadata: Metadata }, done: (error: object | null, answer?: object) => void) {
      if (isTaken(call)) done(null, { runs: [] });
      else done(refusal);
    },
    watchRun(
      call: NodeJS.EventEmitter & { metadata: Metadata; write(m: object): void; end(): void },
    ) {
      if (!isTaken(call)) {
        call.emit('error', refusal);
      } else if (state.taken === FIRST) {
        watching.add(call);
        call.write({ cursor: '1', stateChanged: { state: 'RUN_STATE_RUNNING' } });
      } else {
        call.write({ cursor: '2', finished: { state: 'RUN_STATE_SUCCEEDED' } });
        call.end();
      }
    },
  } as never);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  onTestFinished(() => server.forceShutdown());
  const revoke = (next: string) => {
    state.taken = next;
    for (const call of watching) call.emit('error', refusal);
  };
  return { address: `127.0.0.1:${port}`, shown, revoke };
}

async function listRuns(client: HeliumClient): Promise<number> {
  let count = 0;
  for await (const _ of client.listRuns()) count++;
  return count;
}

describe('a client with a token', () => {
  it('shows it with every call, from its options or the environment', async () => {
    const { address, shown } = await serve();
    using given = new HeliumClient(address, { token: FIRST });
    await listRuns(given);
    vi.stubEnv('HELIUM_TOKEN', FIRST);
    onTestFinished(() => void vi.unstubAllEnvs());
    using found = new HeliumClient(address);
    await listRuns(found);
    expect(shown).toEqual([`Bearer ${FIRST}`, `Bearer ${FIRST}`]);
    using none = new HeliumClient(address, { token: '', retries: 0 });
    await expect(listRuns(none)).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
      message: 'not known',
    });
    expect(shown.at(-1)).toBe('undefined');
  });

  it('takes a refusal for what it is, once', async () => {
    const { address, shown } = await serve();
    using client = new HeliumClient(address, { token: SECOND });
    await expect(listRuns(client)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(shown).toHaveLength(1);
  });

  it('goes on with the new token of its file when the old one is revoked', async () => {
    const { address, shown, revoke } = await serve();
    const tokenFile = join(mkdtempSync(join(tmpdir(), 'helium-client-')), 'token');
    writeFileSync(tokenFile, FIRST);
    using client = new HeliumClient(address, { tokenFile });
    const kinds: string[] = [];
    for await (const event of client.follow('r1').events()) {
      kinds.push(event.kind);
      if (event.kind === 'finished') break;
      writeFileSync(tokenFile, `${SECOND}\n`);
      revoke(SECOND);
    }
    expect(kinds).toEqual(['stateChanged', 'finished']);
    expect(shown).toEqual([`Bearer ${FIRST}`, `Bearer ${SECOND}`]);
    await listRuns(client);
    expect(shown.at(-1)).toBe(`Bearer ${SECOND}`);
  });

  it('sends it nowhere in the clear but on this machine', () => {
    const create = (plaintextToken: boolean) => () =>
      new HeliumClient('192.0.2.1:7420', { token: FIRST, plaintextToken }).close();
    expect(create(false)).toThrow(
      'coordinator 192.0.2.1:7420: a token is not sent there over plain TCP',
    );
    expect(create(true)).not.toThrow();
  });
});

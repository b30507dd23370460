import { copyFileSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { connect as connectPlain, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConnectionOptions, connect } from 'node:tls';
import { credentials, loadPackageDefinition, type ServiceError } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { ClusterService, TlsChannelCredentials } from '@helium/proto';
import type { Clock } from '@helium/shared';
import { type Logger, silentLogger } from '@helium/shared/telemetry';
import { createAuthority, type IssuedFiles } from '@helium/shared/test/certificates';
import { dialTls, readKeyPair } from '@helium/shared/tls';
import { protoPath } from 'grpc-health-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { accessOf, holderOf } from './credentials.cases.ts';
import { ask, serveFakes } from './fake-ports.cases.ts';
import { openServerTls } from './server-tls.ts';

const authority = createAuthority();
const stranger = createAuthority('somebody else');
const first = authority.issue('first', 'IP:127.0.0.1');
const second = authority.issue('second', 'IP:127.0.0.1');
const caller = authority.issue('caller');
const NO_OWN = { cert: '', key: '' };

/** A server with TLS whose files a test changes; `look` is its second passing. */
async function serveTls(options: { clientCa?: string; healthListen?: string } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'helium-server-tls-'));
  const files = { cert: join(folder, 'tls.crt'), key: join(folder, 'tls.key') };
  const use = ({ cert, key }: IssuedFiles) => {
    copyFileSync(cert, files.cert);
    copyFileSync(key, files.key);
  };
  use(first);
  let look = () => {};
  const clock: Clock = {
    now: () => 0,
    wallTime: () => 0,
    setTimer: (_, fire) => {
      look = fire;
      return { cancel() {} };
    },
  };
  const lines: string[] = [];
  const say = (message: string, fields: object = {}) =>
    void lines.push(`${message} ${JSON.stringify(fields)}`);
  const logger: Logger = { ...silentLogger, info: say, error: say, warn: say };
  const failed: string[] = [];
  const { clientCa = '', healthListen = '' } = options;
  const tls = openServerTls({ ...files, clientCa }, { clock, logger });
  if (tls === undefined) throw new Error('no TLS');
  const fakes = await serveFakes({
    tls: { ...tls, logger, metrics: { handshakeFailed: (kind) => void failed.push(kind) } },
    healthListen,
    access: accessOf([OPS]),
  });
  return { ...fakes, files, use, look: () => look(), lines, failed, secondsLeft: tls.secondsLeft };
}
const OPS = holderOf('ops', ['operator']);

/** One call over a connection of its own. */
async function call(address: string, ca: string, own: IssuedFiles = NO_OWN, name = '127.0.0.1') {
  const material = dialTls({ ca, ...own });
  if (material === undefined) throw new Error('no TLS');
  const channel = new TlsChannelCredentials(name, material);
  const client = new ClusterService(address, channel, { 'grpc.use_local_subchannel_pool': 1 });
  try {
    const answer = await new Promise((resolve, reject) => {
      client.listWorkers({}, OPS.metadata, (error, found) =>
        error === null ? resolve(found) : reject(error),
      );
    });
    return answer === undefined ? 'nothing' : 'answered';
  } catch (error) {
    return (error as Error).message;
  } finally {
    client.close();
  }
}

/** The name of the certificate that a new connection is shown. */
function shownCertificate(address: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const port = Number(address.split(':')[1]);
    const socket = connect({
      port,
      host: '127.0.0.1',
      rejectUnauthorized: false,
      ALPNProtocols: ['h2'],
    });
    socket.once('secureConnect', () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.destroy();
    });
    socket.once('error', reject);
  });
}

describe('TLS of the port', () => {
  it('answers who knows its authority and calls it by its name, and nobody in the clear', async () => {
    const { server, cluster } = await serveTls();
    expect(await call(server.address, authority.ca)).toBe('answered');
    expect(await call(server.address, stranger.ca)).toContain(
      'none of tls-ca signed its certificate',
    );
    expect(await call(server.address, authority.ca, NO_OWN, 'elsewhere')).toContain(
      "does not match certificate's altnames",
    );
    await expect(ask(cluster.listWorkers.bind(cluster), {})).rejects.toThrow('UNAVAILABLE');
  });

  it('takes certificates of its clients’ authority alone, where it has one', async () => {
    const { server } = await serveTls({ clientCa: authority.ca });
    expect(await call(server.address, authority.ca, caller)).toBe('answered');
    const refused = 'UNAVAILABLE';
    expect(await call(server.address, authority.ca)).toContain(refused);
    expect(await call(server.address, authority.ca, stranger.issue('x'))).toContain(refused);
  });

  it('shows new connections the new certificate, keeps open ones, and the old one for a broken file', async () => {
    const { server, files, use, look, lines, run, secondsLeft } = await serveTls();
    run.close();
    expect(await shownCertificate(server.address)).toBe('first');
    // Half a rotation: the certificate is there, its key is not yet.
    copyFileSync(second.cert, files.cert);
    look();
    look();
    expect(await shownCertificate(server.address)).toBe('first');
    use(second);
    look();
    expect(await shownCertificate(server.address)).toBe('second');
    expect(await call(server.address, authority.ca)).toBe('answered');
    expect(secondsLeft()).toBe(Date.parse(readKeyPair(second.cert, second.key).endsAt) / 1000);
    writeFileSync(files.cert, 'not a certificate');
    look();
    expect(await shownCertificate(server.address)).toBe('second');
    const { cert, key } = files;
    expect(lines.map((line) => line.replace(/,"endsAt":"[^"]*"/, ''))).toEqual([
      `TLS {"certificate":"${cert}"}`,
      `the certificates of before stay in force {"message":"tls-key: ${key} is not the key of the certificate in ${cert} (tls-cert)"}`,
      `the certificates have changed, for new connections {"certificate":"${cert}"}`,
      `the certificates of before stay in force {"message":"tls-cert: ${cert} is not PEM of that kind: it has no \\"BEGIN CERTIFICATE\\""}`,
    ]);
  });

  it('tells and counts handshakes that fail, by why, one line of each kind at once', async () => {
    const { server, lines, failed, run, cluster, worker } = await serveTls({
      clientCa: authority.ca,
    });
    for (const client of [run, cluster, worker]) client.close();
    const port = Number(server.address.split(':')[1]);
    /** Until the server has closed it. */
    const connection = async (use: (socket: Socket) => void, options?: ConnectionOptions) => {
      const socket =
        options === undefined
          ? connectPlain(port, '127.0.0.1')
          : connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options });
      socket.on('error', () => {});
      socket.once('connect', () => use(socket));
      socket.resume();
      await new Promise((resolve) => socket.once('close', resolve));
    };
    const own = (pair: IssuedFiles) => ({
      cert: readFileSync(pair.cert),
      key: readFileSync(pair.key),
    });
    const nothing = () => {};
    await connection(nothing, own(stranger.issue('nobody')));
    await connection(nothing, {});
    await connection((socket) => socket.write('GET / HTTP/1.1\r\n\r\n'));
    await connection(nothing, { maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ...own(caller) });
    await connection((socket) => socket.end());
    expect(await call(server.address, authority.ca, caller)).toBe('answered');
    expect(failed).toEqual(['certificate', 'certificate', 'protocol', 'protocol', 'cut']);
    const told = lines.slice(1).map((line) => line.replace(/"peer":"127.0.0.1:\d+"/, '"peer":"…"'));
    expect(told).toEqual([
      'a TLS handshake failed {"reason":"certificate","why":"its certificate: UNABLE_TO_VERIFY_LEAF_SIGNATURE"}',
      'a TLS handshake failed {"reason":"protocol","why":"http request","peer":"…"}',
    ]);
  });

  it('leaves health to be asked in the clear on a port of its own, which serves nothing else', async () => {
    const { server } = await serveTls({ clientCa: authority.ca, healthListen: '127.0.0.1:0' });
    const address = String(server.healthAddress);
    const { grpc } = loadPackageDefinition(loadSync(protoPath, { enums: String })) as never as {
      grpc: { health: { v1: { Health: typeof ClusterService } } };
    };
    const health = new grpc.health.v1.Health(address, credentials.createInsecure()) as never as {
      check(
        request: { service: string },
        done: (error: ServiceError | null, answer?: { status: string }) => void,
      ): void;
      close(): void;
    };
    const cluster = new ClusterService(address, credentials.createInsecure());
    onTestFinished(() => {
      health.close();
      cluster.close();
    });
    const check = () => ask(health.check.bind(health), { service: 'readiness' });
    expect(await check()).toEqual({ status: 'SERVING' });
    server.drain();
    expect(await check()).toEqual({ status: 'NOT_SERVING' });
    await expect(ask(cluster.listWorkers.bind(cluster), {})).rejects.toThrow('UNIMPLEMENTED');
  });

  it('wants its files complete', () => {
    const open = (files: object) => () =>
      openServerTls(
        { cert: '', key: '', clientCa: '', ...files },
        { clock: {} as Clock, logger: silentLogger },
      );
    expect(open({})()).toBeUndefined();
    expect(open({ cert: first.cert })).toThrow('tls-key: is missing: tls-cert is set');
    expect(open({ key: first.key })).toThrow('tls-cert: is missing: tls-key is set');
    expect(open({ clientCa: authority.ca })).toThrow('tls-cert: is missing: tls-client-ca is set');
  });
});

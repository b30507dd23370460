import {
  credentials,
  type Metadata,
  makeGenericClientConstructor,
  Server,
  type ServiceDefinition,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { loadFileDescriptorSetFromBuffer } from '@grpc/proto-loader';
import { fileDescriptors, type NamedMethod } from '@helium/proto';
import { describe, expect, it, vi } from 'vitest';
import { isOpen, rolesFor } from './access.ts';
import { accessOf, holderOf, metadataOf } from './credentials.cases.ts';
import { serveFakes, statusOf, until } from './fake-ports.cases.ts';

const CLIENT = holderOf('acme-1', ['client'], 'acme');
const OPERATOR = holderOf('ops', ['operator']);
const WORKER = holderOf('pool-1', ['worker']);
const HOLDERS = [CLIENT, OPERATOR, WORKER];

/** A server and everything that it serves, by path: not what somebody thought of. */
async function serveAll() {
  const served: NamedMethod[] = [];
  const spy = vi.spyOn(Server.prototype, 'addService').mockImplementation(function (
    this: Server,
    service: ServiceDefinition,
    ...rest
  ) {
    served.push(...(Object.values(service) as NamedMethod[]));
    return original.call(this, service, ...rest);
  });
  const access = accessOf(HOLDERS);
  const fakes = await serveFakes({ access });
  spy.mockRestore();
  return { ...fakes, served, access };
}
const original = Server.prototype.addService;

/** The error of one call with an empty message; undefined where it is answered, or let in and waiting. */
function outcomeOf(
  address: string,
  method: NamedMethod,
  metadata: Metadata | undefined,
): Promise<ServiceError | undefined> {
  const definition = { Call: { ...method, requestSerialize: (bytes: object) => bytes as Buffer } };
  const Client = makeGenericClientConstructor(definition as ServiceDefinition, 'Any');
  const client = new Client(address, credentials.createInsecure());
  const empty = Buffer.alloc(0);
  const call = (client.Call as (...given: unknown[]) => never).bind(client);
  return new Promise<ServiceError | undefined>((resolve) => {
    const given = metadata === undefined ? [] : [metadata];
    if (!method.responseStream) {
      call(empty, ...given, (error: ServiceError | null) => resolve(error ?? undefined));
      return;
    }
    const stream: {
      on(event: string, hear: (value: never) => void): void;
      write(message: Buffer): void;
      end(): void;
      resume(): void;
    } = call(...(method.requestStream ? [] : [empty]), ...given);
    stream.on('error', (error: ServiceError) => resolve(error));
    stream.on('data', () => resolve(undefined));
    stream.on('end', () => resolve(undefined));
    if (method.requestStream) {
      stream.write(empty);
      stream.end();
    }
  }).finally(() => client.close());
}

describe('the door', () => {
  it('refuses every call of every service but health without a token, and with a wrong one', async () => {
    const { server, served, runs, door, access } = await serveAll();
    const known = new Set(served.map(({ path }) => path.split('/')[1]));
    const files = Buffer.concat(fileDescriptors().map(asFileOfSet));
    for (const name of Object.keys(loadFileDescriptorSetFromBuffer(files))) {
      if (/^helium\.v1\.\w+Service$/.test(name)) expect(known).toContain(name);
    }
    expect([...known].sort()).toEqual([
      'grpc.health.v1.Health',
      'grpc.reflection.v1.ServerReflection',
      'grpc.reflection.v1alpha.ServerReflection',
      'helium.v1.ClusterService',
      'helium.v1.RunService',
      'helium.v1.WorkerService',
    ]);
    const stranger = holderOf('x', ['client', 'operator', 'worker']);
    for (const method of served) {
      for (const metadata of [undefined, stranger.metadata]) {
        const error = await outcomeOf(server.address, method, metadata);
        const isHealth = method.path.startsWith('/grpc.health.v1.Health/');
        const wanted = isHealth ? status.UNAUTHENTICATED === error?.code : error?.code;
        expect([method.path, wanted]).toEqual([
          method.path,
          isHealth ? false : status.UNAUTHENTICATED,
        ]);
      }
    }
    expect([runs.created, door.ports]).toEqual([[], []]);
    const counted = served.filter(({ path }) => !isOpen(path)).length;
    expect(access.refused.filter((reason) => reason === 'none')).toHaveLength(counted);
    expect(access.refused.filter((reason) => reason === 'unknown')).toHaveLength(counted);
    // One line of each reason, whatever their number, and never what was shown.
    expect(access.lines.map(({ reason }) => reason)).toEqual(['none', 'unknown']);
    expect(JSON.stringify(access.lines)).not.toContain(stranger.token);
  });

  it('lets each role call what is its business, and nothing else', async () => {
    const { server, served } = await serveAll();
    for (const method of served.filter(({ path }) => !isOpen(path))) {
      // Every method is somebody's.
      expect([method.path, rolesFor(method.path).length > 0]).toEqual([method.path, true]);
      for (const { credential, metadata } of HOLDERS) {
        const error = await outcomeOf(server.address, method, metadata);
        const isDenied = error?.code === status.PERMISSION_DENIED;
        const mayCall = rolesFor(method.path).some((role) => credential.roles.has(role));
        expect([method.path, credential.name, isDenied]).toEqual([
          method.path,
          credential.name,
          !mayCall,
        ]);
      }
    }
    expect(rolesFor('/helium.v1.RunService/Unheard')).toEqual([]);
    expect(rolesFor('/helium.v1.RunService/constructor')).toEqual([]);
  });

  it('says what a call lacks, in words and for machines', async () => {
    const { server, served } = await serveAll();
    const drain = served.find(({ path }) => path.endsWith('/DrainWorker')) as NamedMethod;
    const told = async (metadata?: Metadata) => {
      const error = (await outcomeOf(server.address, drain, metadata)) as ServiceError;
      return `${statusOf(error).reason}: ${error.details}`;
    };
    const basic = metadataOf('x');
    basic.set('authorization', 'Basic dTpw');
    expect([
      await told(),
      await told(basic),
      await told(metadataOf('not-a-token-of-anybody')),
      await told(CLIENT.metadata),
    ]).toEqual([
      'UNAUTHENTICATED: this coordinator takes calls with a token only, "authorization: Bearer TOKEN"; there is none',
      'UNAUTHENTICATED: the call\'s authorization is not one "Bearer TOKEN"',
      "UNAUTHENTICATED: the call's token is not known to this coordinator, or not any more",
      'PERMISSION_DENIED: helium.v1.ClusterService/DrainWorker needs the role operator; the token of "acme-1" has client',
    ]);
  });

  it('gives a call the tenant of its token', async () => {
    const { run, runs } = await serveAll();
    const llm = { messages: [{ role: 'ROLE_USER' as const, content: [{ text: 'a' }] }] };
    const operators = [
      { id: 'a', llm },
      { id: 'o', output: { name: 'o', value: 'a' } },
    ];
    const request = { workflow: { name: 'w', operators }, rows: [{ fields: {} }] };
    await new Promise<void>((resolve, reject) => {
      run.createRun(request, CLIENT.metadata, (error) => (error ? reject(error) : resolve()));
    });
    expect(runs.created.map(({ tenant }) => tenant)).toEqual(['acme']);
  });

  it('refuses before it reads the message: one larger than it takes is not looked at', async () => {
    const { run } = await serveAll();
    const request = { workflow: { name: 'w'.repeat(8 << 20), operators: [] } };
    const error = await new Promise<ServiceError | null>((resolve) =>
      run.createRun(request, resolve),
    );
    expect(error?.code).toBe(status.UNAUTHENTICATED);
  });

  it('ends the streams of a revoked token, says why, and tells their handlers', async () => {
    const { run, runs, worker, access, door } = await serveAll();
    runs.events = function* endless() {
      for (let cursor = 1; ; cursor++)
        yield { cursor, atMs: 0, kind: 'stateChanged', state: 'running' };
    };
    const watch = run.watchRun({ name: 'runs/r1' }, CLIENT.metadata);
    const watched = new Promise<ServiceError>((resolve) => watch.on('error', resolve));
    let seen = 0;
    watch.on('data', () => seen++);
    const attach = worker.attach(WORKER.metadata);
    const attached = new Promise<ServiceError>((resolve) => attach.on('error', resolve));
    attach.resume();
    await until(() => seen > 3);
    expect(access.book.replace([OPERATOR.credential, WORKER.credential])).toEqual({
      added: [],
      removed: ['acme-1'],
    });
    const error = await watched;
    expect([error.code, error.details]).toEqual([
      status.UNAUTHENTICATED,
      'the token of "acme-1" was revoked while the call went on',
    ]);
    await until(() => runs.aborted === 1);
    expect(door.ports).toEqual([]);
    access.book.replace([OPERATOR.credential]);
    expect((await attached).details).toBe(
      'the token of "pool-1" was revoked while the call went on',
    );
  });

  it('ends what goes on under a token that expires, and refuses it from then on', async () => {
    let now = 1000;
    const short = holderOf('short', ['client'], 'acme', 2000);
    const access = accessOf([short], () => now);
    const { run, runs } = await serveFakes({ access });
    runs.events = function* endless() {
      for (let cursor = 1; ; cursor++)
        yield { cursor, atMs: 0, kind: 'stateChanged', state: 'running' };
    };
    const watch = run.watchRun({ name: 'runs/r1' }, short.metadata);
    const ended = new Promise<ServiceError>((resolve) => watch.on('error', resolve));
    watch.resume();
    await until(() => runs.pulled > 0);
    access.book.endExpired();
    now = 2000;
    access.book.endExpired();
    expect((await ended).details).toBe('the token of "short" has expired while the call went on');
    const refused = await new Promise<ServiceError | null>((resolve) =>
      run.listRuns({}, short.metadata, resolve),
    );
    expect(refused?.code).toBe(status.UNAUTHENTICATED);
    expect(access.refused).toEqual(['expired']);
  });
});

/** FileDescriptorSet.file: field 1, length-delimited. */
function asFileOfSet(file: Buffer): Buffer {
  const head = [0x0a];
  let length = file.length;
  for (; length >= 0x80; length = Math.floor(length / 0x80)) head.push((length % 0x80) | 0x80);
  return Buffer.concat([Buffer.from([...head, length]), file]);
}

import { type EventEmitter, once } from 'node:events';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { credentials, loadPackageDefinition, type ServiceError, status } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { protoPath } from 'grpc-health-check';
import { describe, expect, it } from 'vitest';
import { ask, serveFakes, statusOf, until } from './fake-ports.cases.ts';

function healthOf(address: string) {
  const { grpc } = loadPackageDefinition(loadSync(protoPath, { enums: String })) as never as {
    grpc: { health: { v1: { Health: new (...args: unknown[]) => HealthClient } } };
  };
  return new grpc.health.v1.Health(address, credentials.createInsecure());
}

interface HealthClient {
  check(
    request: { service: string },
    callback: (error: ServiceError | null, answer?: { status: string }) => void,
  ): void;
  close(): void;
}

interface ReflectionAnswer {
  readonly fileDescriptorResponse: { readonly fileDescriptorProto: Buffer[] };
  readonly listServicesResponse: { readonly service: readonly { readonly name: string }[] };
}

interface Reflection {
  serverReflectionInfo(): EventEmitter & {
    write(request: object): void;
    end(): void;
    resume(): void;
  };
  close(): void;
}

describe('the server', () => {
  it('listens on no address without a port', async () => {
    await expect(serveFakes({ listen: '127.0.0.1' })).rejects.toThrow(
      'listen: "127.0.0.1" is not host:port',
    );
  });

  it('says which address is in use', async () => {
    const { server } = await serveFakes();
    await expect(serveFakes({ listen: server.address })).rejects.toMatchObject({
      code: 'ADDRESS_IN_USE',
      message: `${server.address} is in use by another process`,
    });
  });

  it('says why an address cannot be bound', async () => {
    await expect(serveFakes({ listen: '192.0.2.1:0' })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('cannot listen on 192.0.2.1:0'),
    });
  });

  it('answers health by service name, and NOT_SERVING while it drains', async () => {
    const { server } = await serveFakes();
    const health = healthOf(server.address);
    const check = async (service: string) =>
      (await ask(health.check.bind(health), { service })).status;
    for (const service of ['', 'readiness', 'helium.v1.RunService', 'helium.v1.WorkerService']) {
      expect(await check(service)).toBe('SERVING');
    }
    server.drain();
    expect(await check('helium.v1.RunService')).toBe('NOT_SERVING');
    expect(await check('')).toBe('NOT_SERVING');
    expect(await check('liveness')).toBe('SERVING');
    await expect(check('other')).rejects.toMatchObject({ code: status.NOT_FOUND });
    health.close();
  });

  it('answers every method of every service, given an empty request, or says what it lacks', async () => {
    const { run, cluster } = await serveFakes();
    const outcome = async (method: unknown): Promise<string> => {
      const error = await ask(method as Parameters<typeof ask>[0], {}).catch((e) => e);
      return error instanceof Error
        ? `${statusOf(error as ServiceError).reason}: ${(error as ServiceError).details}`
        : 'answered';
    };
    const outcomes = {
      createRun: await outcome(run.createRun.bind(run)),
      getRun: await outcome(run.getRun.bind(run)),
      listRuns: await outcome(run.listRuns.bind(run)),
      cancelRun: await outcome(run.cancelRun.bind(run)),
      explainRun: await outcome(run.explainRun.bind(run)),
      listWorkers: await outcome(cluster.listWorkers.bind(cluster)),
      getResidency: await outcome(cluster.getResidency.bind(cluster)),
      getPromptCache: await outcome(cluster.getPromptCache.bind(cluster)),
      clearPromptCache: await outcome(cluster.clearPromptCache.bind(cluster)),
      warmPrefix: await outcome(cluster.warmPrefix.bind(cluster)),
      drainWorker: await outcome(cluster.drainWorker.bind(cluster)),
      getCapabilities: await outcome(cluster.getCapabilities.bind(cluster)),
    };
    const watched = await new Promise<ServiceError>((resolve) => {
      run.watchRun({}).on('error', resolve).resume();
    });
    const watchRun = `${statusOf(watched).reason}: ${watched.details}`;
    const noPlan = 'WORKFLOW_INVALID: the request: workflow: is missing';
    const noRun = 'REQUEST_INVALID: "" is not of the form "runs/{id}"';
    const noWorker = 'REQUEST_INVALID: "" is not of the form "workers/{id}"';
    expect({ ...outcomes, watchRun }).toEqual({
      createRun: noPlan,
      getRun: noRun,
      listRuns: 'answered',
      cancelRun: noRun,
      watchRun: noRun,
      explainRun: noPlan,
      listWorkers: 'answered',
      getResidency: noWorker,
      getPromptCache: 'answered',
      clearPromptCache: 'answered',
      warmPrefix: 'REQUEST_INVALID: system: is empty: nothing to warm',
      drainWorker: noWorker,
      getCapabilities: 'answered',
    });
  });

  it('names size and limit of a message that is too large', async () => {
    const { run } = await serveFakes();
    const rows = [{ fields: { text: 'x'.repeat(5 * 1024 * 1024) } }];
    const error: ServiceError = await ask(run.createRun.bind(run), { rows }).catch((e) => e);
    expect(error.code).toBe(status.RESOURCE_EXHAUSTED);
    expect(error.details).toMatch(/^Received message larger than max \(52429\d\d vs 4194304\)$/);
  });

  it('refuses texts that are not UTF-8 and bytes that are no message', async () => {
    const { server } = await serveFakes();
    const { RunService } = await import('@helium/proto');
    const client = new RunService(server.address, credentials.createInsecure());
    const send = (bytes: Buffer) =>
      new Promise<ServiceError>((resolve) => {
        const { path, responseDeserialize } = RunService.service.GetRun;
        client.makeUnaryRequest(
          path,
          () => bytes,
          responseDeserialize,
          {},
          (error) => resolve(error as ServiceError),
        );
      });
    const spoiled = await send(Buffer.from([0x0a, 2, 0xff, 0xfe]));
    expect([spoiled.code, spoiled.details]).toEqual([
      status.INVALID_ARGUMENT,
      'name: its 2 bytes are not UTF-8',
    ]);
    expect(statusOf(spoiled).reason).toBe('TEXT_INVALID');
    const truncated = await send(Buffer.from([0x0a, 200]));
    expect(truncated.code).toBe(status.INVALID_ARGUMENT);
    expect(truncated.details).toContain('2 bytes are no helium.v1.GetRunRequest');
    client.close();
  });

  it('lives on after garbage on the port', async () => {
    const { server, cluster } = await serveFakes();
    const [host, port] = server.address.split(':');
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), host, () => socket.end('GET / HTTP/1.0\r\n\r\n'));
      socket
        .on('close', () => resolve())
        .on('error', () => resolve())
        .resume();
    });
    const { workers } = (await ask(cluster.listWorkers.bind(cluster), {})) as {
      workers: unknown[];
    };
    expect(workers).toHaveLength(1);
  });

  it('shows its proto files by reflection, with names and maps as written', async () => {
    const { server } = await serveFakes();
    const require = createRequire(import.meta.url);
    const folder = dirname(require.resolve('@grpc/reflection/package.json'));
    const file = join(folder, 'build/proto/grpc/reflection/v1/reflection.proto');
    const { grpc } = loadPackageDefinition(loadSync(file, { bytes: Buffer })) as never as {
      grpc: { reflection: { v1: { ServerReflection: new (...args: unknown[]) => Reflection } } };
    };
    const client = new grpc.reflection.v1.ServerReflection(
      server.address,
      credentials.createInsecure(),
    );
    const stream = client.serverReflectionInfo();
    const answered = once(stream, 'data');
    stream.write({ fileContainingSymbol: 'helium.v1.RunSummary' });
    const [answer] = (await answered) as [ReflectionAnswer];
    const files = answer.fileDescriptorResponse.fileDescriptorProto;
    const text = Buffer.concat(files).toString('latin1');
    expect(text).toContain('helium/v1/run.proto');
    expect(text).toContain('google/protobuf/timestamp.proto');
    expect(text).toContain('cache_miss_reasons');
    expect(text).toContain('CacheMissReasonsEntry');
    const listed = once(stream, 'data');
    stream.write({ listServices: '' });
    const [{ listServicesResponse }] = (await listed) as [ReflectionAnswer];
    expect(listServicesResponse.service.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['grpc.health.v1.Health', 'helium.v1.RunService']),
    );
    const ended = once(stream, 'end');
    stream.end();
    stream.resume();
    await ended;
    client.close();
  });

  it('ends what has not ended within the grace, so that clients try again', async () => {
    const { server, run, runs } = await serveFakes();
    runs.events = function* endless() {
      for (let cursor = 1; ; cursor++) yield { cursor, atMs: 0, kind: 'deltasSkipped', count: 1 };
    };
    const watch = run.watchRun({ name: 'runs/r1' });
    const cut = new Promise<ServiceError>((resolve) => watch.on('error', resolve));
    watch.resume();
    await until(() => runs.pulled > 0);
    await server.close(30);
    // Clients try again what is UNAVAILABLE; what is CANCELLED they do not.
    expect([(await cut).code, (await cut).details]).toEqual([
      status.UNAVAILABLE,
      'the coordinator shuts down',
    ]);
    await until(() => runs.aborted === 1);
  });

  it('encodes the whole cluster', async () => {
    const { cluster } = await serveFakes();
    const answers = {
      workers: await ask(cluster.listWorkers.bind(cluster), {}),
      residency: await ask(cluster.getResidency.bind(cluster), { worker: 'workers/w1' }),
      drained: await ask(cluster.drainWorker.bind(cluster), { worker: 'workers/w1' }),
      cache: await ask(cluster.getPromptCache.bind(cluster), {}),
      cleared: await ask(cluster.clearPromptCache.bind(cluster), {}),
      warmed: await ask(cluster.warmPrefix.bind(cluster), { system: 's' }),
      capabilities: await ask(cluster.getCapabilities.bind(cluster), {}),
    };
    await expect(`${JSON.stringify(answers, null, 2)}\n`).toMatchFileSnapshot(
      'testdata/cluster-answers.json',
    );
  });
});

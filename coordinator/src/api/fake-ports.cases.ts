import { credentials, type ServiceError } from '@grpc/grpc-js';
import {
  ClusterService,
  decodeRpcStatus,
  type RpcStatus,
  RunService,
  STATUS_DETAILS_KEY,
  WorkerService,
} from '@helium/proto';
import { HeliumError, modelDigest, runId, type WorkerIdentity, workerId } from '@helium/shared';
import { onTestFinished } from 'vitest';
import type { ClusterPort, WorkerDoor, WorkerRecord } from '../dispatch/cluster-port.ts';
import type { CreateRun, RunEvent, RunPort, RunRecord, RunSummary } from '../dispatch/run-port.ts';
import type { WorkerEvent, WorkerPort } from '../dispatch/worker-port.ts';
import { type RunningServer, type ServerOptions, startServer } from './server.ts';

export const SUMMARY: RunSummary = {
  operators: { submitted: 5, pruned: 1, merged: 1, cached: 1, executed: 2 },
  tokens: { prompt: 100, prefilled: 60, reused: 40, generated: 20, prefetched: 0 },
  seconds: { plan: 0.25, run: 1.5 },
  cacheMissReasons: { absent: 2 },
};

export const RUN: RunRecord = {
  id: runId('r1'),
  workflowName: 'w',
  state: 'running',
  rowCount: 1,
  createdAtMs: 1_700_000_000_250,
  summary: SUMMARY,
};

const WORKER: WorkerRecord = {
  id: workerId('w1'),
  state: 'suspected',
  stateReason: '',
  model: 'm',
  modelDigest: modelDigest('a'.repeat(64)),
  engine: 'sim',
  device: 'd',
  epoch: 3,
  runningCalls: 1,
  queuedCalls: 2,
  scheduledCalls: 3,
  kvTokens: 4096,
  kvTokensUsed: 64,
  finishedCalls: 9,
  promptTokens: 10,
  reusedTokens: 5,
  prefetchedTokens: 6,
  version: '0',
};

/** Runs as a test tells them: remembers what was asked. */
class FakeRuns implements RunPort {
  readonly created: CreateRun[] = [];
  /** Events pulled by watchers so far. */
  pulled = 0;
  /** Watches whose signal was aborted. */
  aborted = 0;
  events: (cursor: number) => Iterable<RunEvent> = () => [];
  list: readonly RunRecord[] = [RUN];

  async createRun(request: CreateRun): Promise<RunRecord> {
    this.created.push(request);
    return RUN;
  }

  checkRun({ rows }: CreateRun): void {
    if (rows.length === 0) throw new HeliumError('ROWS_INVALID', 'no rows');
  }

  getRun(_tenant: string, id: string): RunRecord {
    const run = this.list.find((known) => known.id === id);
    if (run === undefined) throw new HeliumError('RUN_UNKNOWN', `run "${id}" is unknown`);
    return run;
  }

  listRuns(): readonly RunRecord[] {
    return this.list;
  }

  cancelRun(_tenant: string, id: string, reason: string): RunRecord {
    const error = { code: 'RUN_CANCELLED', message: reason };
    return { ...this.getRun(_tenant, id), state: 'cancelled', error };
  }

  async *watchRun(
    tenant: string,
    id: string,
    cursor: number,
    signal: AbortSignal,
  ): AsyncIterable<RunEvent> {
    this.getRun(tenant, id);
    signal.addEventListener('abort', () => this.aborted++);
    for (const event of this.events(cursor)) {
      if (signal.aborted) return;
      this.pulled++;
      yield event;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async explainRun(): Promise<{
    sections: { title: string; text: string }[];
    summary: RunSummary;
  }> {
    return { sections: [{ title: 'Plan', text: 'a\nb' }], summary: SUMMARY };
  }
}

/** A cluster of one worker. */
class FakeCluster implements ClusterPort {
  listWorkers(): readonly WorkerRecord[] {
    return [WORKER];
  }

  residency(worker: string): ReturnType<ClusterPort['residency']> {
    this.#require(worker);
    const blocks = [{ hash: 'ab'.repeat(16) as never }];
    return { epoch: 3, sequence: 4, blockTokens: 64, blockCount: 1, blocks };
  }

  drainWorker(worker: string): WorkerRecord {
    this.#require(worker);
    return { ...WORKER, state: 'draining' };
  }

  async promptCacheStatistics(): ReturnType<ClusterPort['promptCacheStatistics']> {
    const counts = { hits: 1, misses: 2, stores: 3, errors: 4, rejected: 5 };
    return { store: 'sqlite', reachable: true, entries: 6, bytes: 7, ...counts };
  }

  async clearPromptCache(): Promise<number> {
    return 6;
  }

  async warmPrefix(): ReturnType<ClusterPort['warmPrefix']> {
    return [{ worker: workerId('w1'), residentTokens: 10, computedTokens: 4 }];
  }

  capabilities(): ReturnType<ClusterPort['capabilities']> {
    const named = (name: string) => [{ name, description: `${name}!` }];
    return {
      version: '1.2.3',
      policies: named('p'),
      rules: named('r'),
      functions: named('f'),
      models: named('m'),
    };
  }

  #require(worker: string): void {
    if (worker === 'w1') return;
    throw new HeliumError('WORKER_UNKNOWN', `worker "${worker}" is not attached`);
  }
}

/** Admits every worker; epochs grow; a second attachment of an id ends the first. */
class FakeDoor implements WorkerDoor {
  readonly ports: WorkerPort[] = [];
  readonly events: (WorkerEvent & { readonly epoch: number })[] = [];
  readonly tokenizers: string[] = [];
  sendTokenizer = false;
  refusal: HeliumError | undefined;
  heartbeatIntervalMs = 60_000;
  onEvent: (event: WorkerEvent, port: WorkerPort) => void = () => {};
  #epoch = 0;

  admit(identity: WorkerIdentity): ReturnType<WorkerDoor['admit']> {
    if (this.refusal !== undefined) throw this.refusal;
    const same = this.ports.filter((port) => port.identity.workerId === identity.workerId);
    for (const port of same) port.close(`worker "${identity.workerId}" attached again`);
    this.#epoch++;
    const { sendTokenizer, heartbeatIntervalMs } = this;
    return { epoch: this.#epoch, heartbeatIntervalMs, sendTokenizer };
  }

  addTokenizer(digest: string): void {
    this.tokenizers.push(digest);
  }

  attach(port: WorkerPort): (event: WorkerEvent) => void {
    this.ports.push(port);
    return (event) => {
      this.events.push({ ...event, epoch: port.epoch });
      this.onEvent(event, port);
    };
  }
}

/** A server on a free port with fakes behind it, and clients of it; all closed after the test. */
export async function serveFakes(options: Partial<ServerOptions> = {}) {
  const runs = new FakeRuns();
  const door = new FakeDoor();
  const ports = { runs, workers: door, cluster: new FakeCluster() };
  const server: RunningServer = await startServer({
    listen: '127.0.0.1:0',
    ports,
    messageMibMax: 4,
    version: '0',
    ...options,
  });
  const plain = credentials.createInsecure();
  const limits = { 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 };
  const clients = {
    run: new RunService(server.address, plain, limits),
    cluster: new ClusterService(server.address, plain, limits),
    worker: new WorkerService(server.address, plain, limits),
  };
  onTestFinished(async () => {
    for (const client of Object.values(clients)) client.close();
    await server.close(0);
  });
  return { runs, door, server, ...clients };
}

/** A client method as a promise. */
export function ask<Request, Answer>(
  method: (
    request: Request,
    callback: (error: ServiceError | null, answer?: Answer) => void,
  ) => unknown,
  request: Request,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    method(request, (error, answer) => {
      if (error === null) resolve(answer as Answer);
      else reject(error);
    });
  });
}

/** The google.rpc details of a failed call. */
export function statusOf(error: ServiceError): RpcStatus {
  const [details] = error.metadata.get(STATUS_DETAILS_KEY);
  if (!Buffer.isBuffer(details)) throw new Error(`no details: ${error.message}`);
  return decodeRpcStatus(details);
}

/** Resolves when the condition holds; looks again after every turn of the event loop. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}

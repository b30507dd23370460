import {
  type ChannelOptions,
  Server,
  ServerCredentials,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { ClusterService, RunService, WorkerService } from '@helium/proto';
import { formatAddress, HeliumError, parseAddress, systemClock } from '@helium/shared';
import type { CredentialBook } from '@helium/shared/credentials';
import type { AccessMetrics, Logger, TlsMetrics } from '@helium/shared/telemetry';
import { HealthImplementation } from 'grpc-health-check';
import type { CoordinatorPorts } from '../dispatch/cluster-port.ts';
import { authenticate } from './authenticate.ts';
import { checkedService } from './checked-service.ts';
import { createClusterService } from './cluster-service.ts';
import type { CallObserver } from './handlers.ts';
import { hearHandshakes, tellHandshakes } from './handshakes.ts';
import { LiveCalls } from './live-calls.ts';
import { createReflection } from './reflection.ts';
import { createRunService } from './run-service.ts';
import { TEXT_BYTES_MAX } from './text-digests.ts';
import type { AttachmentOptions } from './worker-attachment.ts';
import { createWorkerService } from './worker-service.ts';

/** Health names that follow readiness; "liveness" serves as long as the process does. */
const READINESS_NAMES = [
  '',
  'readiness',
  'helium.v1.RunService',
  'helium.v1.WorkerService',
  'helium.v1.ClusterService',
];

const HANDSHAKE_MS_MAX = 10_000;

const GOING = 'the coordinator shuts down';

/** For the last statuses to reach their callers. */
const CUT_MS = 200;

export interface ServerOptions extends Partial<AttachmentOptions> {
  /** host:port; port 0 picks one. */
  readonly listen: string;
  readonly ports: CoordinatorPorts;
  /** Largest message taken or sent, MiB. */
  readonly messageMibMax: number;
  readonly version: string;
  readonly observe?: CallObserver;
  /** Of the port; default: plain TCP. */
  readonly tls?: {
    readonly credentials: ServerCredentials;
    readonly metrics: TlsMetrics;
    readonly logger: Logger;
  };
  /** host:port for health alone, without TLS; default: none beside that of the port. */
  readonly healthListen?: string;
  /** Who may call; default: everybody, as the tenant `default`. */
  readonly access?: {
    readonly book: CredentialBook;
    readonly metrics: AccessMetrics;
    readonly logger: Logger;
  };
}

export interface RunningServer {
  /** host:port as bound. */
  readonly address: string;
  /** Of the port for health alone. */
  readonly healthAddress?: string;
  /** Health says NOT_SERVING from now on; everything is answered as before. */
  drain(): void;
  /** Ends attachments, lets calls in flight end for `graceMs`, then ends them with UNREACHABLE. */
  close(graceMs: number): Promise<void>;
}

/**
 * Opens the coordinator's doors: RunService, ClusterService, WorkerService, health and reflection.
 * Throws ADDRESS_IN_USE, CONFIG_INVALID when the address cannot be bound for another reason.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { access } = options;
  const server = new Server({
    ...channelOptions(options.messageMibMax),
    interceptors:
      access === undefined
        ? []
        : [authenticate({ ...access, clock: options.clock ?? systemClock })],
  });
  const live = new LiveCalls();
  const needToken = access !== undefined;
  const handlers = { observe: options.observe ?? (() => {}), live, needToken };
  const messageBytesMax = options.messageMibMax * 1024 * 1024;
  const workers = createWorkerService(options.ports.workers, {
    clock: systemClock,
    handshakeMsMax: HANDSHAKE_MS_MAX,
    messageBytesMax,
    textBytesMax: TEXT_BYTES_MAX,
    ...options,
  });
  const add = (service: Parameters<typeof checkedService>[0], methods: object) =>
    server.addService(checkedService(service), methods as UntypedServiceImplementation);
  add(RunService.service, createRunService(options.ports.runs, messageBytesMax, handlers));
  add(ClusterService.service, createClusterService(options.ports.cluster, handlers));
  server.addService(WorkerService.service, workers.handlers);
  const health = new HealthImplementation({ liveness: 'SERVING' });
  health.addToServer(server);
  createReflection().addToServer(server);
  const address = await listen(server, options);
  const probes = await serveProbes(health, options.healthListen).catch((error: unknown) => {
    server.forceShutdown();
    throw error;
  });
  const setReadiness = (status: 'SERVING' | 'NOT_SERVING') => {
    for (const name of READINESS_NAMES) health.setStatus(name, status);
  };
  setReadiness('SERVING');
  return {
    address,
    ...(probes === undefined ? {} : { healthAddress: probes.address }),
    drain: () => setReadiness('NOT_SERVING'),
    async close(graceMs) {
      setReadiness('NOT_SERVING');
      workers.letAllGo(GOING);
      await shutDown(server, live, graceMs);
      probes?.server.forceShutdown();
    },
  };
}

/** Connection settings: clients may ping every 20 s, connections are renewed so that balancing heals. */
function channelOptions(messageMibMax: number): ChannelOptions {
  const bytesMax = messageMibMax * 1024 * 1024;
  return {
    'grpc.max_receive_message_length': bytesMax,
    'grpc.max_send_message_length': bytesMax,
    // A half-open connection is found out after these.
    'grpc.keepalive_time_ms': 60_000,
    'grpc.keepalive_timeout_ms': 20_000,
    // No grace is set: streams on an old connection live on, only new calls move.
    'grpc.max_connection_age_ms': 30 * 60_000,
  };
}

function listen(server: Server, { listen, tls, clock }: ServerOptions): Promise<string> {
  if (tls === undefined) return bind(server, 'listen', listen, ServerCredentials.createInsecure());
  const told = tellHandshakes({ ...tls, clock: clock ?? systemClock });
  return hearHandshakes(() => bind(server, 'listen', listen, tls.credentials), told);
}

/** The same answers for who can neither speak TLS nor show a certificate. */
async function serveProbes(health: HealthImplementation, listen = '') {
  if (listen === '') return undefined;
  const server = new Server();
  health.addToServer(server);
  const plain = ServerCredentials.createInsecure();
  return { server, address: await bind(server, 'health-listen', listen, plain) };
}

async function bind(
  server: Server,
  setting: 'listen' | 'health-listen',
  listen: string,
  credentials: ServerCredentials,
): Promise<string> {
  // gRPC would take a host alone, and port 443 of it.
  const { host } = parseAddress(setting, listen);
  return new Promise((resolve, reject) => {
    server.bindAsync(listen, credentials, (cause, port) => {
      if (cause === null) {
        resolve(formatAddress({ host, port }));
      } else if (cause.message.includes('EADDRINUSE')) {
        const message = `${listen} is in use by another process`;
        reject(new HeliumError('ADDRESS_IN_USE', message, { cause }));
      } else {
        const message = `cannot listen on ${listen}: ${cause.message}`;
        reject(new HeliumError('CONFIG_INVALID', message, { cause }));
      }
    });
  });
}

/** Lets calls end by themselves, then ends them with a reason, then cuts their connections. */
function shutDown(server: Server, live: LiveCalls, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const end = systemClock.setTimer(graceMs, () =>
      live.endAll(new HeliumError('UNREACHABLE', GOING)),
    );
    const cut = systemClock.setTimer(graceMs + CUT_MS, () => server.forceShutdown());
    server.tryShutdown(() => {
      end.cancel();
      cut.cancel();
      resolve();
    });
  });
}

import {
  type Clock,
  createPrng,
  formatAddress,
  parseAddress,
  systemClock,
  type WorkerIdentity,
} from '@helium/shared';
import type { Settings } from '@helium/shared/config';
import { type Logger, measureLoopDelay, type Telemetry } from '@helium/shared/telemetry';
import { serializeTokenizer } from '@helium/shared/tokenizer/spec';
import type { StartedEngine } from './engine/index.ts';
import {
  type AttachmentEnd,
  Backoff,
  CoordinatorLink,
  type CoordinatorPort,
  createDialer,
  type IdentitySettings,
  identifyTo,
  keepAttached,
  type LinkState,
} from './link/index.ts';
import { observeCalls } from './observe-calls.ts';
import { workerIdOf } from './worker-id.ts';

/** The settings a worker is composed by. */
export type WorkerSettings = Pick<
  Settings,
  'coordinator' | 'worker-id' | 'max-calls' | 'message-mib-max'
> &
  Partial<IdentitySettings>;

export interface WorkerOptions {
  readonly settings: WorkerSettings;
  readonly telemetry: Telemetry;
  readonly logger: Logger;
  readonly version: string;
  readonly onAttached?: (port: CoordinatorPort) => void;
  /** Told of every change; the worker starts detached. */
  readonly onState?: (state: LinkState) => void;
  readonly clock?: Clock;
}

export interface RunningWorker {
  readonly identity: WorkerIdentity;
  /** Resolves when drained or when the engine failed; rejects when the coordinator refuses the worker. */
  readonly ended: Promise<AttachmentEnd>;
  /** Takes nothing new, finishes what it has, detaches. */
  /** With `mayStay`, runs that nobody else has the weights for are served to their end. */
  drain(reason: string, mayStay?: boolean): void;
}

const WELCOME_MS_MAX = 10_000;
const BACKOFF = { firstMs: 250, maxMs: 15_000 };

/**
 * Joins an engine to the coordinator and keeps it attached. Throws CONFIG_INVALID without an address or usable
 * token. The engine stays the caller's to close.
 */
export function startWorker(started: StartedEngine, options: WorkerOptions): RunningWorker {
  const { settings, telemetry, logger, version, clock = systemClock } = options;
  const address = formatAddress(parseAddress('coordinator', settings.coordinator));
  const identified = identifyTo(address, settings, logger);
  const identity = describeWorker(started, settings, version);
  const loopDelay = measureLoopDelay();
  const link = new CoordinatorLink(started.engine, {
    maxCalls: identity.maxCalls,
    clock,
    takeLoopDelayMs: () => loopDelay.takeMaxMs(),
    observer: observeCalls(telemetry, identity),
    onState: options.onState ?? (() => {}),
    onStay: (stays) =>
      stays
        ? logger.info('stays until the runs are done that nobody else has the weights for')
        : logger.info('is not needed any more'),
  });
  const dial = createDialer({
    address,
    identity,
    tokenizer: async () => serializeTokenizer(started.identity.tokenizerSpec),
    ...identified,
    messageMibMax: settings['message-mib-max'],
    welcomeMsMax: WELCOME_MS_MAX,
    clock,
  });
  const draining = new AbortController();
  const ended = keepAttached(link, dial, {
    backoff: new Backoff(BACKOFF, createPrng(seedOf(identity.workerId))),
    clock,
    logger,
    signal: draining.signal,
    onAttached: options.onAttached ?? (() => {}),
  });
  return {
    identity,
    ended: ended.finally(() => loopDelay.stop()),
    drain(reason, mayStay) {
      link.drain(reason, mayStay);
      draining.abort();
    },
  };
}

function describeWorker(
  { engine, identity }: StartedEngine,
  settings: WorkerSettings,
  version: string,
): WorkerIdentity {
  const { model, modelDigest, tokenizerDigest } = identity;
  return {
    ...engine.description,
    workerId: workerIdOf(settings),
    model,
    modelDigest,
    tokenizerDigest,
    maxCalls: settings['max-calls'] || 2 * engine.description.maxBatch,
    version,
  };
}

/** Workers that lost one coordinator at one moment come back at different ones. */
function seedOf(id: string): number {
  let seed = process.pid;
  for (const char of id) seed = (Math.imul(seed, 31) + char.charCodeAt(0)) >>> 0;
  return seed;
}

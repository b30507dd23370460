/**
 * The coordinator program: plans, schedules and dispatches until it is stopped.
 *
 * Settings come from flags, HELIUM_… variables and the config file. SIGTERM or SIGINT drains: health says
 * NOT_SERVING, no new run is taken, running ones may finish for 20 s, then the program ends with 0; a
 * second signal ends it at once with 1. With HELIUM_EXIT_WITH_STDIN=1 the end of standard input drains
 * too, for 5 s at most. Exit codes: 2 for settings that cannot be used, 1 for a failure.
 */
import { logVerbosity, setLogVerbosity } from '@grpc/grpc-js';
import { ensureFolder, formatError, HeliumError, parseAddress, systemClock } from '@helium/shared';
import {
  COORDINATOR_SETTINGS,
  formatHelp,
  homeFolders,
  isHelpWanted,
  loadSettings,
  parseSettingFlags,
  type Settings,
} from '@helium/shared/config';
import { assertPortGuarded, openMetricsDoor, watchCredentials } from '@helium/shared/credentials';
import { isLoopback } from '@helium/shared/identity';
import { stopRequested } from '@helium/shared/process';
import {
  createAccessMetrics,
  createLogger,
  createTlsMetrics,
  type Logger,
  observeLoopDelay,
  startTelemetry,
  type Telemetry,
} from '@helium/shared/telemetry';
import manifest from '../package.json' with { type: 'json' };
import { openServerTls, startServer } from './api/index.ts';
import { createCoordinator } from './coordinator.ts';

const HELP = {
  program: 'node coordinator/src/main.ts',
  about: [
    'Plans, schedules and dispatches workflows to the workers that attach to --listen.',
    'SIGTERM or SIGINT drains it: running runs may finish. A second signal ends it at once.',
  ],
  settings: COORDINATOR_SETTINGS,
};

/** With the pod's wait before it and the close after it, below Kubernetes' 30 s of grace. */
const DRAIN_MS_MAX = 20_000;

/** For streams to end after the last run has. */
const CLOSE_MS_MAX = 2000;

const EXIT_FAILED = 1;
const EXIT_UNUSABLE = 2;

const logger = createLogger('coordinator');
process.on('uncaughtException', die);
process.on('unhandledRejection', die);
// gRPC's own log lines have no context; what they tell of comes to us as errors.
setLogVerbosity(logVerbosity.NONE);
try {
  process.exit(await main(process.argv.slice(2)));
} catch (thrown) {
  const error = HeliumError.from(thrown);
  process.stderr.write(`helium coordinator: ${formatError(error)}\n`);
  process.exit(error.code === 'INVARIANT_BROKEN' ? EXIT_FAILED : EXIT_UNUSABLE);
}

async function main(argv: readonly string[]): Promise<number> {
  if (isHelpWanted(argv)) {
    process.stdout.write(formatHelp(HELP));
    return 0;
  }
  const { flags, rest } = parseSettingFlags(argv, COORDINATOR_SETTINGS);
  if (rest.length > 0) throw new HeliumError('CONFIG_INVALID', `${rest[0]}: is not a flag`);
  const settings = loadSettings({ flags, environment: process.env }).values;
  assertPortGuarded(settings);
  const stop = stopRequested();
  const log = createLogger('coordinator', settings['log-level']);
  const telemetry = await startTelemetry({
    service: 'helium-coordinator',
    instance: settings.listen,
    metricsListen: settings['metrics-listen'],
    metricsDoor: openMetricsDoor(settings, { clock: systemClock, logger: log.child('access') }),
    logger: log,
  });
  observeLoopDelay(telemetry.meter);
  const { version } = manifest;
  const stateFolder = ensureFolder(homeFolders(settings).state);
  const onFenced = (message: string) => {
    log.error(`${message}; this one ends`);
    process.exit(EXIT_FAILED);
  };
  const { signal } = abortedBy(stop);
  const place = { stateFolder, version, logger: log, telemetry, onFenced, signal };
  const access = openAccess(settings, telemetry, log);
  const tls = openTls(settings, telemetry, log);
  const coordinator = await createCoordinator(settings, place).catch((error: unknown) => {
    if (!signal.aborted) throw error;
    // As a rule it waited for its journal, which nobody needs any more.
    log.info('stopped before it served', { reason: signal.reason, error });
    return undefined;
  });
  if (coordinator === undefined) return 0;
  const server = await startServer({
    listen: settings.listen,
    ports: coordinator,
    messageMibMax: settings['message-mib-max'],
    version,
    ...(access === undefined ? {} : { access }),
    ...(tls === undefined ? {} : { tls }),
    healthListen: settings['health-listen'],
    observe: ({ method, code, ms }) => log.debug('call', { method, code, ms: Math.round(ms) }),
  });
  process.stdout.write(`helium coordinator listening on ${server.address}\n`);
  setImmediate(() => coordinator.prepare());
  log.info('draining', { reason: await stop });
  server.drain();
  await coordinator.drain(AbortSignal.timeout(DRAIN_MS_MAX));
  await server.close(CLOSE_MS_MAX);
  access?.stop();
  tls?.stop();
  await coordinator.close();
  await telemetry.shutdown();
  return 0;
}

function abortedBy(stop: Promise<string>): AbortController {
  const controller = new AbortController();
  void stop.then((reason) => controller.abort(reason));
  return controller;
}

/** Who may call, as the settings say; undefined: everybody. */
function openAccess(settings: Settings, telemetry: Telemetry, log: Logger) {
  const { credentials, listen } = settings;
  const isOpen = !isLoopback(parseAddress('listen', listen).host);
  if (isOpen && settings['tls-cert'] === '') {
    const what = credentials === '' ? 'prompts and answers' : 'tokens, prompts and answers';
    log.warn(`${what} pass this address readable for those on the way: set tls-cert`, { listen });
  }
  if (credentials !== '') {
    const logger = log.child('access');
    const watched = watchCredentials(
      { name: 'credentials', value: credentials },
      { clock: systemClock, logger },
    );
    return { ...watched, logger, metrics: createAccessMetrics(telemetry.meter) };
  }
  if (isOpen && settings['tls-client-ca'] === '') {
    log.warn(
      'everybody who reaches this address may run, read, cancel, drain and attach workers: anonymous-access allows it',
      { listen },
    );
  }
  return undefined;
}

/** TLS of the port, as the settings say; undefined: plain TCP. */
function openTls(settings: Settings, telemetry: Telemetry, log: Logger) {
  const files = {
    cert: settings['tls-cert'],
    key: settings['tls-key'],
    clientCa: settings['tls-client-ca'],
  };
  const logger = log.child('tls');
  const tls = openServerTls(files, { clock: systemClock, logger });
  if (tls === undefined) return undefined;
  return { ...tls, logger, metrics: createTlsMetrics(telemetry.meter, tls.secondsLeft) };
}

/** A mistake of ours: nothing is certain any more, so the process ends. */
function die(thrown: unknown): void {
  const shown = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  logger.error(`unexpected: ${shown}`);
  process.exit(EXIT_FAILED);
}

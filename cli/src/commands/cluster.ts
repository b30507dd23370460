import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { HeliumClient } from '@helium/client';
import { HeliumError } from '@helium/shared';
import {
  COORDINATOR_SETTINGS,
  DIAL_SETTINGS,
  SETTINGS,
  type Settings,
  WORKER_SETTINGS,
} from '@helium/shared/config';
import type { Command } from 'commander';
import { REASON, spawnOptions } from '../cluster/child-process.ts';
import { fetchModel, startEmbeddedCluster } from '../cluster/embedded-cluster.ts';
import {
  CLUSTER_SETTINGS,
  camelCase,
  interruptible,
  say,
  settingsOf,
  useCoordinator,
  withSettings,
} from '../context.ts';
import { table } from '../output/table.ts';
import { workersView } from '../output/workers-view.ts';

/** `helium up|coordinator|worker|workers|cache`: the parts of a cluster, and looking at one. */
export function addClusterCommands(program: Command): void {
  addUp(program);
  for (const room of ['coordinator', 'worker'] as const) addProgram(program, room);
  addWorkers(program);
  addCache(program);
}

function addUp(program: Command): void {
  const command = program
    .command('up')
    .description(
      'start a coordinator and workers on this machine, until interrupted (with the functions of the examples, unless --functions names others)',
    );
  withSettings(command, [...CLUSTER_SETTINGS, 'listen']);
  command.option('--json', 'print one JSON object when ready').action(async (flags) => {
    const { values } = settingsOf(flags);
    const model = await fetchModel(values, say);
    const settings = values.functions === '' ? await withExamples(values) : values;
    await interruptible((signal) => serve(settings, model, flags.json === true, signal));
  });
}

/** So that every example runs there, too, with `--coordinator`. */
async function withExamples(settings: Settings): Promise<Settings> {
  const { EXAMPLES } = await import('@helium/examples');
  const modules = Object.values(EXAMPLES).flatMap((example) => example.functions);
  return { ...settings, functions: modules.join(',') };
}

async function serve(settings: Settings, model: string, json: boolean, signal: AbortSignal) {
  const { listen, workers } = settings;
  const cluster = await startEmbeddedCluster(
    { settings, model, listen, isKept: true },
    say,
    signal,
  );
  const { address: coordinator, logFile: log, processes } = cluster;
  if (json) process.stdout.write(`${JSON.stringify({ coordinator, workers, processes, log })}\n`);
  else say(`ready; interrupt to stop. Log: ${log}`);
  const interrupted = new Promise<undefined>((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  const lost = await Promise.race([cluster.lost, interrupted]);
  await cluster.stop();
  if (lost !== undefined) throw new HeliumError('UNREACHABLE', `${lost}; see ${log}`);
}

/** Hands the process over: signals reach it once and through us; the exit code is its own. */
function addProgram(program: Command, room: 'coordinator' | 'worker'): void {
  const what =
    room === 'coordinator' ? 'the coordinator' : 'a worker that attaches to --coordinator';
  const settings = room === 'coordinator' ? COORDINATOR_SETTINGS : WORKER_SETTINGS;
  const command = withSettings(program.command(room).description(`run ${what}`), settings);
  command.option('--json', 'print one JSON object when ready').action(async (flags) => {
    // The options that were given, each with its value: what is left of the command line but --json.
    const args = settings.flatMap((name) => {
      const value: unknown = flags[camelCase(name)];
      return typeof value === 'string' ? [`--${name}=${value}`] : [];
    });
    const main = fileURLToPath(import.meta.resolve(`@helium/${room}/main`));
    const child = spawn(process.execPath, [main, ...args], {
      stdio: flags.json === true ? 'pipe' : ['pipe', 'inherit', 'inherit'],
      ...spawnOptions(room === 'worker'),
    });
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.on(signal, () => child.kill(signal));
    for (const output of [child.stdout, child.stderr])
      if (output !== null) translateLines(output, room, child.pid);
    process.exitCode = await new Promise<number>((resolve) => {
      child.once('close', (code, signal) => resolve(signal === null ? (code ?? 1) : 130));
    });
  });
}

/** What a program says of itself, that it is ready or why it ends, becomes an object; the rest stays for people. */
function translateLines(output: Readable, room: 'coordinator' | 'worker', pid?: number) {
  createInterface({ input: output }).on('line', (line) => {
    const [, code, message] = REASON.exec(line) ?? [];
    const [, id, address] = /^helium \w+ (\S+) .*?(\S+:\d+)$/.exec(line) ?? [];
    if (code !== undefined) printJson({ error: { code, message, faults: [] } });
    else if (address !== undefined && room === 'coordinator')
      printJson({ coordinator: address, pid });
    else if (address !== undefined) printJson({ worker: id, coordinator: address, pid });
    if (address === undefined) say(line);
  });
}

function addWorkers(program: Command): void {
  const command = program
    .command('workers')
    .description('list the workers of a coordinator')
    .option('--json', 'print one JSON object');
  withSettings(command, [...DIAL_SETTINGS, 'home']).action(async (flags) => {
    const workers = await withCoordinator(flags, (client) => client.listWorkers());
    if (flags.json === true) return printJson({ workers });
    process.stdout.write(workersView(workers));
  });
}

function addCache(program: Command): void {
  const cache = program.command('cache').description('the prompt cache of a coordinator');
  const stats = cache
    .command('stats')
    .description('its counters; in Redis, entries and bytes are counted while keys come and go')
    .option('--json', 'print one JSON object');
  withSettings(stats, [...DIAL_SETTINGS, 'home']).action(async (flags) => {
    const found = await withCoordinator(flags, (client) => client.promptCache());
    if (flags.json === true) return printJson(found);
    process.stdout.write(
      table(
        ['counter', 'value'],
        Object.entries(found).map(([k, v]) => [k, String(v)]),
      ),
    );
  });
  const clear = cache
    .command('clear')
    .description('remove all results')
    .option('--json', 'print one JSON object');
  withSettings(clear, [...DIAL_SETTINGS, 'home']).action(async (flags) => {
    const removed = await withCoordinator(flags, (client) => client.clearPromptCache());
    process.stdout.write(
      flags.json === true ? `${JSON.stringify({ removed })}\n` : `removed ${removed} results\n`,
    );
  });
}

function printJson(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/** For commands that look at a running coordinator: they never start one of their own. */
async function withCoordinator<T>(
  flags: Record<string, unknown>,
  use: (client: HeliumClient) => Promise<T>,
): Promise<T> {
  const { values } = settingsOf(flags);
  const address = values.coordinator === '' ? SETTINGS.listen.default : values.coordinator;
  return interruptible((signal) => useCoordinator(values, address, signal, use));
}

import type { HeliumClient, RunOptions } from '@helium/client';
import { loadSettings } from '@helium/shared/config';
import { chooseExamples, exampleBatch, type NamedExample, parseCount } from './src/batch.ts';
import { withCluster } from './src/cluster.ts';
import { type FinishedRun, finishRun } from './src/finish-run.ts';
import { firstDifference } from './src/first-difference.ts';
import { type Finding, formatTable, parseOptions, report, runProgram } from './src/report.ts';

/**
 * Promise 1: outputs are byte for byte those of the naive run, for every number of workers, every
 * policy, prompt cache bypassed, cold and warm.
 * usage: same-bytes.ts [--examples A,B] [--rows N] [--workers 1,2,3] [--model M] [--engine E] [--json]
 */
const options = parseOptions({
  examples: { type: 'string' },
  rows: { type: 'string' },
  workers: { type: 'string', default: '1,2,3' },
  model: { type: 'string' },
  engine: { type: 'string' },
});

/** Rows where --rows is not given: two, so that rows can share, but one of what takes long. */
const ROWS: Readonly<Record<string, number>> = { trading: 1, parallel: 1 };
const ROWS_OTHERWISE = 2;

/** One run held against the naive one. */
interface Comparison {
  readonly example: string;
  readonly workers: number;
  /** A policy with the prompt cache bypassed, or what the cache was. */
  readonly way: string;
  readonly same: boolean;
  readonly difference: string | undefined;
  readonly outputs_sha256: string;
  readonly executed: number;
  readonly seconds: number;
}

await runProgram(options.json, compareAll);

async function compareAll(): Promise<Finding> {
  const chosen = chooseExamples(options.examples);
  const workerCounts = options.workers.split(',').map((count) => parseCount('workers', count));
  const naive = new Map<string, FinishedRun>();
  const found: Comparison[] = [];
  // The naive runs come first, on one worker; that cluster then goes on as the one of one worker.
  for (const workers of [1, ...workerCounts.filter((count) => count !== 1)]) {
    report(`${workers} ${workers === 1 ? 'worker' : 'workers'}`);
    await onCluster(workers, chosen, async (client) => {
      for (const named of chosen) {
        if (workers === 1) naive.set(named.name, await runNaive(client, named));
        if (!workerCounts.includes(workers)) continue;
        const expected = naive.get(named.name) as FinishedRun;
        found.push(...(await compareWays(client, named, workers, expected)));
      }
    });
  }
  return conclude(naive, found);
}

function onCluster(
  workers: number,
  chosen: readonly NamedExample[],
  use: (client: HeliumClient) => Promise<void>,
): Promise<void> {
  const { model, engine } = options;
  const { values: settings } = loadSettings({ flags: { model, engine }, environment: process.env });
  return withCluster({ workers, settings, examples: chosen.map((one) => one.example) }, use);
}

async function batchOf(named: NamedExample) {
  const rows = ROWS[named.name] ?? ROWS_OTHERWISE;
  return exampleBatch(named, options.rows === undefined ? rows : parseCount('rows', options.rows));
}

async function runNaive(client: HeliumClient, named: NamedExample): Promise<FinishedRun> {
  const naive = { naive: true, bypassPromptCache: true };
  return finishRun(client, await batchOf(named), naive, `${named.name}, naive`);
}

async function compareWays(
  client: HeliumClient,
  named: NamedExample,
  workers: number,
  expected: FinishedRun,
): Promise<Comparison[]> {
  const { policies } = await client.capabilities();
  const ways: readonly (readonly [string, RunOptions])[] = [
    ...policies.map(({ name }) => [name, { policy: name, bypassPromptCache: true }] as const),
    ['cold cache', {}],
    ['warm cache', {}],
  ];
  const batch = await batchOf(named);
  const found: Comparison[] = [];
  for (const [way, runOptions] of ways) {
    const { outputs, sha256, summary } = await finishRun(
      client,
      batch,
      runOptions,
      `${named.name}, ${way}`,
    );
    const same = sha256 === expected.sha256;
    const difference = same ? undefined : firstDifference(expected.outputs, outputs);
    if (!same) report(`  ${named.name}, ${way}: DIFFERENT: ${difference}`);
    found.push({
      example: named.name,
      workers,
      way,
      same,
      difference,
      outputs_sha256: sha256,
      executed: summary.operators.executed,
      seconds: summary.seconds.run,
    });
  }
  return found;
}

function conclude(naive: ReadonlyMap<string, FinishedRun>, found: readonly Comparison[]): Finding {
  const different = found.filter(({ same }) => !same);
  const counts = `${found.length} runs compared with naive ones: ${found.length - different.length} equal, ${different.length} different`;
  const list = different.map((one) => {
    const { example, workers, way, difference } = one;
    return `DIFFERENT: ${example}, ${workers} workers, ${way}: ${difference}\n`;
  });
  const runs = found.map(({ difference, ...run }) => ({
    ...run,
    ...(difference && { difference }),
  }));
  const examples = [...naive].map(([name, { sha256, outputs, summary }]) => ({
    example: name,
    rows: outputs.length,
    outputs_sha256: sha256,
    executed: summary.operators.executed,
    seconds: summary.seconds.run,
  }));
  return {
    holds: found.length > 0 && different.length === 0,
    text: `${formatMatrix([...naive.keys()], found)}\n${list.join('')}${counts}\n`,
    json: { compared: found.length, different: different.length, naive: examples, runs },
  };
}

/** A line per way, a column per example and number of workers. */
function formatMatrix(examples: readonly string[], found: readonly Comparison[]): string {
  const ways = [...new Set(found.map(({ way }) => way))];
  const workerCounts = [...new Set(found.map(({ workers }) => workers))];
  const tables = examples.map((example) => {
    const cell = (way: string, workers: number) => {
      const run = found.find(
        (one) => one.example === example && one.way === way && one.workers === workers,
      );
      return run?.same ? 'ok' : 'DIFFERENT';
    };
    const head = [example, ...workerCounts.map((count) => `${count} w`)];
    return formatTable([
      head,
      ...ways.map((way) => [`  ${way}`, ...workerCounts.map((count) => cell(way, count))]),
    ]);
  });
  return tables.join('\n');
}

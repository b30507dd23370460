import type { HeliumClient } from '@helium/client';
import { loadSettings } from '@helium/shared/config';
import { chooseExamples, exampleBatch, type NamedExample, parseCount } from './src/batch.ts';
import { withCluster } from './src/cluster.ts';
import { type FinishedRun, finishRun } from './src/finish-run.ts';
import { firstDifference } from './src/first-difference.ts';
import { type Finding, formatTable, parseOptions, report, runProgram } from './src/report.ts';

/**
 * What the optimizer, the schedule and KV reuse save against one call at a time with nothing shared,
 * both in one run of this program. Fails where the outputs differ.
 * usage: against-naive.ts [--examples trading] [--rows 5] [--workers 2] [--naive-workers N]
 *   [--naive-prompt-lookup on|off] [--model M] [--engine E] [--json]
 * Without --naive-workers the naive run is on the same cluster; N = 1 gives it one worker that has all
 * cores, where workers share them by default. With --naive-prompt-lookup off it is on a cluster whose engine drafts no
 * tokens, which helps calls that run alone most.
 */
const options = parseOptions({
  examples: { type: 'string', default: 'trading' },
  rows: { type: 'string', default: '5' },
  workers: { type: 'string', default: '2' },
  'naive-workers': { type: 'string' },
  'naive-prompt-lookup': { type: 'string' },
  model: { type: 'string' },
  engine: { type: 'string' },
});

interface Pair {
  readonly example: string;
  readonly naive: FinishedRun;
  readonly optimized: FinishedRun;
}

await runProgram(options.json, compareAll);

async function compareAll(): Promise<Finding> {
  const chosen = chooseExamples(options.examples);
  const workers = parseCount('workers', options.workers);
  const naiveWorkers = parseCount('naive-workers', options['naive-workers'] ?? options.workers);
  const optimized: FinishedRun[] = [];
  const naive: FinishedRun[] = [];
  const runOptimized = async (client: HeliumClient) => {
    for (const named of chosen) optimized.push(await runOne(client, named, false));
  };
  const runNaive = async (client: HeliumClient) => {
    for (const named of chosen) naive.push(await runOne(client, named, true));
  };
  // The naive runs leave nothing behind and find nothing: their place does not matter to them.
  const naiveLookup = options['naive-prompt-lookup'];
  if (naiveWorkers === workers && naiveLookup === undefined) {
    await onCluster(workers, undefined, chosen, async (client) => {
      await runOptimized(client);
      await runNaive(client);
    });
  } else {
    await onCluster(workers, undefined, chosen, runOptimized);
    await onCluster(naiveWorkers, naiveLookup, chosen, runNaive);
  }
  return conclude(
    chosen.map(({ name }, i) => ({
      example: name,
      naive: naive[i] as FinishedRun,
      optimized: optimized[i] as FinishedRun,
    })),
    { workers, naiveWorkers },
  );
}

function onCluster(
  workers: number,
  promptLookup: string | undefined,
  chosen: readonly NamedExample[],
  use: (client: HeliumClient) => Promise<void>,
): Promise<void> {
  const { model, engine } = options;
  const flags = { model, engine, 'prompt-lookup': promptLookup };
  const { values: settings } = loadSettings({ flags, environment: process.env });
  report(`${workers} ${workers === 1 ? 'worker' : 'workers'}`);
  return withCluster({ workers, settings, examples: chosen.map((one) => one.example) }, use);
}

async function runOne(
  client: HeliumClient,
  named: NamedExample,
  naive: boolean,
): Promise<FinishedRun> {
  const batch = await exampleBatch(named, parseCount('rows', options.rows));
  const label = `${named.name}, ${naive ? 'naive' : 'optimized'}`;
  return finishRun(client, batch, { naive, bypassPromptCache: naive }, label);
}

/** The numbers that are compared, of one run. */
function measuresOf({ summary }: FinishedRun) {
  const { seconds, tokens, operators } = summary;
  return {
    seconds: seconds.run,
    executed: operators.executed,
    prefilled: tokens.prefilled + tokens.prefetched,
    generated: tokens.generated,
  };
}

function conclude(pairs: readonly Pair[], clusters: Readonly<Record<string, number>>): Finding {
  const examples = pairs.map(({ example, naive, optimized }) => {
    const [before, after] = [measuresOf(naive), measuresOf(optimized)];
    const ratio = {
      seconds: before.seconds / after.seconds,
      executed: before.executed / after.executed,
      prefilled: before.prefilled / after.prefilled,
      generated: before.generated / after.generated,
    };
    const difference = firstDifference(naive.outputs, optimized.outputs);
    const { sha256: outputs_sha256 } = naive;
    return { example, naive: before, optimized: after, ratio, outputs_sha256, difference };
  });
  const holds = examples.every(({ difference }) => difference === undefined);
  const rows = pairs[0]?.naive.outputs.length ?? 0;
  return {
    holds,
    text: examples.map(formatExample).join('\n'),
    json: { ...clusters, rows, examples },
  };
}

function formatExample(found: {
  readonly example: string;
  readonly naive: ReturnType<typeof measuresOf>;
  readonly optimized: ReturnType<typeof measuresOf>;
  readonly ratio: ReturnType<typeof measuresOf>;
  readonly difference: string | undefined;
}): string {
  const { example, naive, optimized, ratio, difference } = found;
  const line = (label: string, key: keyof typeof ratio, digits: number) => [
    `  ${label}`,
    naive[key].toFixed(digits),
    optimized[key].toFixed(digits),
    `${ratio[key].toFixed(2)}x`,
  ];
  const table = formatTable([
    [example, 'naive', 'helium', 'ratio'],
    line('seconds', 'seconds', 1),
    line('LLM calls executed', 'executed', 0),
    line('tokens prefilled', 'prefilled', 0),
    line('tokens generated', 'generated', 0),
  ]);
  const outputs = difference === undefined ? 'equal' : `DIFFERENT: ${difference}`;
  return `${table}  outputs: ${outputs}\n`;
}

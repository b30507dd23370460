import type { HeliumClient } from '@helium/client';
import { HeliumError } from '@helium/shared';
import { loadSettings } from '@helium/shared/config';
import { chooseExamples, parseCount } from './src/batch.ts';
import { withCluster } from './src/cluster.ts';
import { finishRun } from './src/finish-run.ts';
import { findChild, usageOf } from './src/process-usage.ts';
import { type Finding, formatTable, parseOptions, runProgram } from './src/report.ts';

/**
 * What the coordinator itself costs: map-reduce over made-up rows on simulated engines that take no time, everything
 * else real (processes, sockets, store). Linux only.
 * usage: coordinator.ts [--rows 100,400,1600] [--workers 4] [--json]
 */
const options = parseOptions({
  rows: { type: 'string', default: '100,400,1600' },
  workers: { type: 'string', default: '4' },
});

/** Of one batch. */
interface Measured {
  readonly rows: number;
  readonly calls: number;
  /** From its acceptance to its end, all processes sharing the machine's cores. */
  readonly seconds: number;
  /** Of it, until it was planned. */
  readonly planSeconds: number;
  /** Processor time of the coordinator, milliseconds a call. */
  readonly cpuMsPerCall: number;
  /** The coordinator's so far. */
  readonly peakMib: number;
}

await runProgram(options.json, measureAll);

async function measureAll(): Promise<Finding> {
  const sizes = options.rows.split(',').map((text) => parseCount('rows', text));
  const workers = parseCount('workers', options.workers);
  const flags = { engine: 'sim' };
  const { values: settings } = loadSettings({ flags, environment: process.env });
  const [{ example }] = chooseExamples('map-reduce') as [ReturnType<typeof chooseExamples>[number]];
  const measured: Measured[] = [];
  await withCluster({ workers, settings, examples: [example] }, async (client, pid) => {
    const coordinator = findChild(pid, 'coordinator/src/main');
    if (coordinator === undefined) {
      throw new HeliumError('OPTIONS_INVALID', 'the coordinator is not to be found in /proc');
    }
    for (const rows of sizes) measured.push(await measure(client, coordinator, rows));
  });
  return { holds: true, text: print(measured), json: { workers, batches: measured } };

  async function measure(
    client: HeliumClient,
    coordinator: number,
    rows: number,
  ): Promise<Measured> {
    const before = usageOf(coordinator);
    const batch = { workflow: example.workflow, rows: madeRows(rows) };
    const { summary } = await finishRun(client, batch, {}, `${rows} rows`);
    const after = usageOf(coordinator);
    const calls = summary.operators.executed;
    return {
      rows,
      calls,
      seconds: summary.seconds.run,
      planSeconds: summary.seconds.plan,
      cpuMsPerCall: ((after.cpuSeconds - before.cpuSeconds) * 1000) / calls,
      peakMib: after.peakMib,
    };
  }
}

/** Rows that share no question with those of another number. */
function madeRows(count: number): Record<string, string>[] {
  return Array.from({ length: count }, (_, row) => ({
    subject: 'arithmetic',
    question: `Of ${count} sums, what is number ${row}: ${row} and ${(row * 7919) % 1000}?`,
    choices: `A) ${row}  B) ${row + ((row * 7919) % 1000)}  C) ${row * 2}`,
  }));
}

function print(measured: readonly Measured[]): string {
  return formatTable([
    ['rows', 'calls', 'seconds', 'planned in', 'calls/s', 'coordinator, ms/call', 'peak, MiB'],
    ...measured.map((one) => [
      one.rows,
      one.calls,
      one.seconds.toFixed(1),
      one.planSeconds.toFixed(2),
      (one.calls / one.seconds).toFixed(0),
      one.cpuMsPerCall.toFixed(2),
      one.peakMib.toFixed(0),
    ]),
  ]);
}

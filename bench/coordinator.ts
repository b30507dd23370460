import { type HeliumClient, text, type Workflow, workflow } from '@helium/client';
import { HeliumError } from '@helium/shared';
import { loadSettings } from '@helium/shared/config';
import { chooseExamples, parseCount } from './src/batch.ts';
import { withCluster } from './src/cluster.ts';
import { finishRun } from './src/finish-run.ts';
import { findChild, usageOf } from './src/process-usage.ts';
import { type Finding, formatTable, parseOptions, runProgram } from './src/report.ts';

/**
 * What the coordinator itself costs: map-reduce over made-up rows on simulated engines that take no time, everything
 * else real (processes, sockets, store). Then what stands between two calls of which one reads what the other wrote:
 * chains of calls over one row. Linux only.
 * usage: coordinator.ts [--rows 100,400,1600] [--chain 1000,1000,1000] [--workers 4] [--json]
 */
const options = parseOptions({
  rows: { type: 'string', default: '100,400,1600' },
  chain: { type: 'string', default: '1000,1000,1000' },
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

/** Of one chain. */
interface MeasuredChain {
  readonly calls: number;
  /** From one call to the next, milliseconds of the clock. */
  readonly msPerCall: number;
  /** Processor time of the coordinator, milliseconds a call. */
  readonly cpuMsPerCall: number;
}

await runProgram(options.json, measureAll);

async function measureAll(): Promise<Finding> {
  const sizes = options.rows.split(',').map((text) => parseCount('rows', text));
  const lengths = options.chain.split(',').map((text) => parseCount('chain', text));
  const workers = parseCount('workers', options.workers);
  const flags = { engine: 'sim' };
  const { values: settings } = loadSettings({ flags, environment: process.env });
  const [{ example }] = chooseExamples('map-reduce') as [ReturnType<typeof chooseExamples>[number]];
  const measured: Measured[] = [];
  const chains: MeasuredChain[] = [];
  await withCluster({ workers, settings, examples: [example] }, async (client, pid) => {
    const coordinator = findChild(pid, 'coordinator/src/main');
    if (coordinator === undefined) {
      throw new HeliumError('OPTIONS_INVALID', 'the coordinator is not to be found in /proc');
    }
    for (const rows of sizes) {
      const batch = { workflow: example.workflow, rows: madeRows(rows) };
      measured.push({ rows, ...(await measure(client, coordinator, batch, `${rows} rows`)) });
    }
    for (const [round, length] of lengths.entries()) {
      const batch = { workflow: chainOf(length), rows: [{ question: `Which is round ${round}?` }] };
      const one = await measure(client, coordinator, batch, `chain of ${length}`);
      const msPerCall = ((one.seconds - one.planSeconds) * 1000) / one.calls;
      chains.push({ calls: one.calls, msPerCall, cpuMsPerCall: one.cpuMsPerCall });
    }
  });
  const text = `${print(measured)}\n\n${printChains(chains)}`;
  return { holds: true, text, json: { workers, batches: measured, chains } };
}

async function measure(
  client: HeliumClient,
  coordinator: number,
  batch: Parameters<typeof finishRun>[1],
  name: string,
): Promise<Omit<Measured, 'rows'>> {
  const before = usageOf(coordinator);
  const { summary } = await finishRun(client, batch, {}, name);
  const after = usageOf(coordinator);
  const calls = summary.operators.executed;
  return {
    calls,
    seconds: summary.seconds.run,
    planSeconds: summary.seconds.plan,
    cpuMsPerCall: ((after.cpuSeconds - before.cpuSeconds) * 1000) / calls,
    peakMib: after.peakMib,
  };
}

/** Each call reads what the one before wrote. */
function chainOf(length: number): Workflow {
  return workflow({ name: 'chain', inputs: ['question'] }, (w, { question }) => {
    let last = w.llm('step0', { system: 'Be terse.', user: question, maxTokens: 8 });
    for (let step = 1; step < length; step++) {
      last = w.llm(`step${step}`, {
        system: 'Be terse.',
        user: text`Step ${String(step)} after: ${last}`,
        maxTokens: 8,
      });
    }
    return { answer: last };
  });
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

function printChains(measured: readonly MeasuredChain[]): string {
  return formatTable([
    ['chain of', 'from call to call, ms', 'coordinator, ms/call'],
    ...measured.map((one) => [one.calls, one.msPerCall.toFixed(2), one.cpuMsPerCall.toFixed(2)]),
  ]);
}

import { parseArgs } from 'node:util';
import { formatError, HeliumError } from '@helium/shared';
import { dayOptions } from './day-options.ts';
import { printReport } from './print-report.ts';
import { simulateCluster } from './simulate-cluster.ts';

/**
 * A day of a large cluster in virtual time; the digest is the same for the same options.
 * usage: node simulation/src/main.ts [--seed 1] [--workers 1000] [--calls 1000000] [--hours 24]
 *   [--faults on|off] [--checked 0.01] [--policy P] [--json]
 * Exit code 0: every promise held; 1: one was broken; 2: it could not be run.
 */
const FLAGS = {
  seed: { type: 'string', default: '1' },
  workers: { type: 'string', default: '1000' },
  calls: { type: 'string', default: '1000000' },
  hours: { type: 'string', default: '24' },
  faults: { type: 'string', default: 'on' },
  checked: { type: 'string', default: '0.01' },
  // The default policy plays every candidate on all workers: minutes for each of a day's schedules.
  policy: { type: 'string', default: 'row-bound' },
  json: { type: 'boolean', default: false },
} as const;

try {
  const { values } = parseArgs({ options: FLAGS });
  const options = dayOptions({
    seed: toNumber('seed', values.seed),
    workers: toNumber('workers', values.workers),
    calls: toNumber('calls', values.calls),
    hours: toNumber('hours', values.hours),
    faulty: values.faults === 'on',
    checkedShare: toNumber('checked', values.checked),
    policy: values.policy,
  });
  const startedAt = performance.now();
  const report = await simulateCluster(options, (virtualMs, { succeeded, executed }) => {
    const hours = (virtualMs / 3_600_000).toFixed(1);
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
    process.stderr.write(`${hours} h: ${succeeded} runs, ${executed} calls (${seconds} s)\n`);
  });
  const seconds = (performance.now() - startedAt) / 1000;
  process.stdout.write(
    values.json ? `${JSON.stringify({ ...report, seconds })}\n` : printReport(report, seconds),
  );
  process.exitCode = report.faultCount === 0 ? 0 : 1;
} catch (error) {
  process.stderr.write(`${formatError(HeliumError.from(error))}\n`);
  process.exitCode = 2;
}

function toNumber(flag: string, text: string): number {
  const value = Number(text);
  if (text !== '' && Number.isFinite(value) && value >= 0) return value;
  throw new HeliumError('OPTIONS_INVALID', `--${flag}: "${text}" is not a number from 0`);
}

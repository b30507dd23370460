import { HeliumError } from '@helium/shared';
import { dayOptions, type SimulationReport, simulateCluster } from '@helium/simulation';
import { parseCount } from './src/batch.ts';
import { printDay, printGrowth, type SimulatedDay } from './src/day/print-day.ts';
import { parseOptions, report, runProgram } from './src/report.ts';

/**
 * A day of a large cluster in virtual time: the real coordinator and workers on one thread, from a
 * seed. With several numbers of calls, days of the same traffic that are shorter by as much.
 * usage: day.ts [--calls 1000000[,N…]] [--workers 1000] [--hours 24] [--seed 1] [--times 1]
 *   [--faults on|off] [--checked 0.01] [--policy P] [--json]
 */
const options = parseOptions({
  calls: { type: 'string', default: '1000000' },
  workers: { type: 'string', default: '1000' },
  /** Of the day with most calls. */
  hours: { type: 'string', default: '24' },
  seed: { type: 'string', default: '1' },
  times: { type: 'string', default: '1' },
  faults: { type: 'string', default: 'on' },
  checked: { type: 'string', default: '0.01' },
  // The default policy compares a dozen schedules for each one: more than twice the day's time.
  policy: { type: 'string', default: 'row-bound' },
});

await runProgram(options.json, async () => {
  const sizes = options.calls.split(',').map((text) => parseCount('calls', text));
  const hours = positive('hours', options.hours);
  const days: SimulatedDay[] = [];
  for (const calls of sizes) {
    const day = await simulateDay(calls, (hours * calls) / Math.max(...sizes));
    report(printDay(day));
    days.push(day);
  }
  return {
    holds: days.every(({ report: { faultCount }, isRepeated }) => faultCount === 0 && isRepeated),
    text: printGrowth(days),
    json: { days },
  };
});

async function simulateDay(calls: number, hours: number): Promise<SimulatedDay> {
  const chosen = dayOptions({
    seed: parseCount('seed', options.seed, 0),
    workers: parseCount('workers', options.workers),
    calls,
    hours,
    faulty: options.faults === 'on',
    checkedShare: Number(options.checked),
    policy: options.policy,
  });
  const began = process.cpuUsage();
  const first = await simulateCluster(chosen, (virtualMs, { succeeded, executed }) => {
    const seconds = cpuSecondsSince(began).toFixed(0);
    report(
      `${(virtualMs / 3_600_000).toFixed(1)} h: ${succeeded} runs, ${executed} calls, ${seconds} s`,
    );
  });
  const cpuSeconds = cpuSecondsSince(began);
  const heapMib = process.memoryUsage().heapTotal / 2 ** 20;
  const others: SimulationReport[] = [];
  while (others.length < parseCount('times', options.times) - 1) {
    others.push(await simulateCluster(chosen));
  }
  const isRepeated = others.every(({ digest }) => digest === first.digest);
  return { calls, hours, report: first, cpuSeconds, heapMib, isRepeated };
}

function cpuSecondsSince(began: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1e6;
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new HeliumError('OPTIONS_INVALID', `--${option}: "${text}" is not a number above 0`);
}

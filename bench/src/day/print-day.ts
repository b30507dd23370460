import type { SimulationReport } from '@helium/simulation';
import { formatTable } from '../report.ts';

/** A day that was simulated, and what it took. */
export interface SimulatedDay {
  readonly calls: number;
  readonly hours: number;
  readonly report: SimulationReport;
  /** Processor seconds of the first time. */
  readonly cpuSeconds: number;
  /** Of the heap after it, MiB. */
  readonly heapMib: number;
  /** Whether further times gave the same digest. */
  readonly isRepeated: boolean;
}

/** What happened in a day, line by line. */
export function printDay({ report, cpuSeconds }: SimulatedDay): string {
  const { counts, workerFaults, virtualMs, steps, schedules, faults, faultCount } = report;
  const { runs, succeeded, executed, merged, cached, checkedRuns } = counts;
  const { promptTokens, prefilledTokens, prefetchedTokens } = counts;
  const computed = prefilledTokens + prefetchedTokens;
  const lines = [
    `${(virtualMs / 3_600_000).toFixed(1)} virtual hours in ${cpuSeconds.toFixed(0)} processor seconds`,
    `runs: ${succeeded} of ${runs} succeeded, ${checkedRuns} compared with their naive outputs`,
    `calls: ${executed} executed, ${merged} merged, ${cached} from the prompt cache`,
    `prompt tokens: ${promptTokens}, of which ${computed} computed`,
    `workers: ${workerFaults.deaths} deaths, ${workerFaults.slowTimes} slow times, ${steps} steps`,
    `schedules made: ${schedules}`,
    ...faults.map((fault) => `BROKEN: ${fault}`),
    ...(faultCount > faults.length ? [`BROKEN: ${faultCount - faults.length} more`] : []),
  ];
  return `${lines.join('\n')}\n`;
}

/** How the cost grows with the day. */
export function printGrowth(days: readonly SimulatedDay[]): string {
  return formatTable([
    ['calls', 'executed', 'hours', 'CPU s', 'ms a call', 'heap MiB', 'repeated', 'digest'],
    ...days.map(({ calls, hours, report, cpuSeconds, heapMib, isRepeated }) => [
      calls,
      report.counts.executed,
      hours.toFixed(2),
      cpuSeconds.toFixed(1),
      ((1000 * cpuSeconds) / report.counts.executed).toFixed(2),
      heapMib.toFixed(0),
      isRepeated ? 'the same' : 'OTHERWISE',
      report.digest.slice(0, 16),
    ]),
  ]);
}

import type { SimulationReport } from './simulate-cluster.ts';

/** The report for people; `seconds` are real ones. */
export function printReport(report: SimulationReport, seconds: number): string {
  const { counts, workerFaults, virtualMs, steps, schedules, faults, faultCount, digest } = report;
  const { runs, succeeded, executed, merged, cached, checkedRuns } = counts;
  const { promptTokens, prefilledTokens, prefetchedTokens } = counts;
  const computed = prefilledTokens + prefetchedTokens;
  const lines = [
    `${(virtualMs / 3_600_000).toFixed(1)} virtual hours in ${seconds.toFixed(0)} s`,
    `runs: ${succeeded} of ${runs} succeeded, ${checkedRuns} compared with their naive outputs`,
    `calls: ${executed} executed, ${merged} merged, ${cached} from the prompt cache`,
    `prompt tokens: ${promptTokens}, of which ${computed} computed`,
    `workers: ${workerFaults.deaths} deaths, ${workerFaults.slowTimes} slow times, ${steps} steps`,
    `schedules made: ${schedules}`,
    ...faults.map((fault) => `BROKEN: ${fault}`),
    ...(faultCount > faults.length ? [`BROKEN: ${faultCount - faults.length} more`] : []),
    `digest: ${digest}`,
  ];
  return `${lines.join('\n')}\n`;
}

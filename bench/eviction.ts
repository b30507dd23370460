import { type EvictionResult, measureEviction } from './src/eviction/eviction-table.ts';
import { formatTable, parseOptions, report, runProgram } from './src/report.ts';

/**
 * Next-use eviction beside LRU and KVFlow's steps to execution, at 0.25, 0.5 and 1 of the working set, each
 * next to the best that any eviction could have found for the same accesses.
 * usage: eviction.ts [--scale 1] [--only NAME] [--json]
 */
const options = parseOptions({
  scale: { type: 'string', default: '1' },
  only: { type: 'string', default: '' },
});

/** Of the optimum's hits. */
const WANTED = 0.95;

await runProgram(options.json, async () => {
  const results = await measureEviction(Number(options.scale), options.only, report);
  const own = results.filter(({ policy }) => policy === 'next-use');
  return {
    holds: own.every(({ ofOptimum }) => ofOptimum >= WANTED),
    text: printResults(results),
    json: { results },
  };
});

function printResults(results: readonly EvictionResult[]): string {
  const percent = (value: number) => `${(100 * value).toFixed(1)} %`;
  const places = [...new Set(results.map(({ workload, share }) => `${workload} ${share}`))];
  const policies = [...new Set(results.map(({ policy }) => policy))];
  const head = policies.flatMap((policy) => [policy, 'optimum', 'of it']);
  return formatTable([
    ['hit rate at KV of working set', 'KV tokens', ...head],
    ...places.map((place) => {
      const here = results.filter(({ workload, share }) => `${workload} ${share}` === place);
      const cells = here.flatMap(({ hitRate, optimalRate, ofOptimum }) => [
        percent(hitRate),
        percent(optimalRate),
        ofOptimum.toFixed(3),
      ]);
      return [place, here[0]?.kvTokens ?? 0, ...cells];
    }),
  ]);
}

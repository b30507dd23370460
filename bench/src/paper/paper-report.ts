import { formatTable } from '../report.ts';
import { PUBLISHED } from './published.ts';
import {
  ablate,
  type Comparison,
  comparePrimitives,
  compareTrading,
  type GapResult,
  optimalityGap,
  type PaperOptions,
  scheduleOnly,
  sharingSensitivity,
} from './tables.ts';

/** All of the paper's tables as they come out here. */
export interface PaperResults {
  readonly primitives: readonly Comparison[];
  readonly trading: readonly Comparison[];
  readonly ablation: ReturnType<typeof ablate>;
  readonly scheduling: ReturnType<typeof scheduleOnly>;
  readonly gap: readonly GapResult[];
  readonly sharing: ReturnType<typeof sharingSensitivity>;
}

export function measurePaper(
  options: PaperOptions,
  report: (line: string) => void = () => {},
): PaperResults {
  const told = <T>(what: string, measure: () => T): T => {
    report(what);
    return measure();
  };
  return {
    primitives: told('table 2', () => comparePrimitives(options)),
    trading: told('figure 7', () => compareTrading(options)),
    ablation: told('table 3', () => ablate(options)),
    scheduling: told('table 4', () => scheduleOnly(options)),
    gap: told('table 5', () => optimalityGap(options)),
    sharing: told('figure 10', () => sharingSensitivity(options)),
  };
}

/** Mean, least and greatest ratio of each system. */
export function ratiosOf(comparisons: readonly Comparison[]) {
  const names = comparisons[0]?.systems.map(({ name }) => name) ?? [];
  return names.map((name) => {
    const ratios = comparisons.map(
      ({ systems }) => systems.find((system) => system.name === name)!.ratio,
    );
    const mean = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
    return { name, mean, min: Math.min(...ratios), max: Math.max(...ratios) };
  });
}

const two = (value: number) => value.toFixed(2);
const percent = (value: number) => `${(100 * value).toFixed(1)} %`;

/** The tables for people, each figure beside the paper's. */
export function printPaper(results: PaperResults): string {
  return [
    "Table 2: latency over Helium's, primitive workflows: mean (least to greatest)",
    printRatios(results.primitives),
    printComparisons(results.primitives),
    "Figure 7: trading by batch size, latency over Helium's",
    printTrading(results.trading),
    'Table 3: trading, 16 queries, without one part each',
    formatTable([
      ['', 'calls', 'seconds', 'over Helium', 'paper'],
      ...results.ablation.map(({ name, calls, seconds, ratio }) => [
        name,
        calls,
        seconds.toFixed(1),
        two(ratio),
        name in PUBLISHED.ablation
          ? two(PUBLISHED.ablation[name as keyof typeof PUBLISHED.ablation])
          : '',
      ]),
    ]),
    'Table 4: trading, 16 queries, scheduling alone',
    formatTable([
      ['', 'seconds', 'over Helium', 'paper', 'hit rate', 'paper'],
      ...results.scheduling.map(({ policy, seconds, ratio, hitRate }) => {
        const known = PUBLISHED.table4[policy as keyof typeof PUBLISHED.table4];
        return [
          policy,
          seconds.toFixed(1),
          two(ratio),
          known === undefined ? '' : two(known.ratio),
          percent(hitRate),
          known === undefined ? '' : percent(known.hitRate),
        ];
      }),
    ]),
    'Table 5: token steps on one worker over the best found, and over the lower bound, here; over the optimum in the paper: mean (greatest)',
    printGap(results.gap),
    'Figure 10: speedup over LangGraph by system/context/question/output tokens (paper: up to 2.07)',
    formatTable([
      ['', 'lengths', 'speedup'],
      ...results.sharing.map(({ kind, lengths, speedup }) => [kind, lengths, two(speedup)]),
    ]),
  ].join('\n');
}

function printRatios(comparisons: readonly Comparison[]): string {
  return formatTable([
    ['', 'here', 'paper'],
    ...ratiosOf(comparisons).map(({ name, mean, min, max }) => {
      const known = PUBLISHED.table2[name as keyof typeof PUBLISHED.table2];
      return [name, spread(mean, min, max), spread(known.mean, known.min, known.max)];
    }),
  ]);
}

function spread(mean: number, min: number, max: number): string {
  return `${two(mean)} (${two(min)} to ${two(max)})`;
}

function printComparisons(comparisons: readonly Comparison[]): string {
  const [first] = comparisons;
  const names = first?.systems.map(({ name }) => name) ?? [];
  return formatTable([
    ['ratio, hit rate', 'rows', 'calls', ...names, 'seconds', 'planning'],
    ...comparisons.map(({ workload, rows, calls, systems }) => [
      workload,
      rows,
      calls,
      ...systems.map(({ ratio, hitRate }) => `${two(ratio)} ${(100 * hitRate).toFixed(0)} %`),
      systems.at(-1)!.makespanSeconds.toFixed(1),
      systems.at(-1)!.planSeconds.toFixed(2),
    ]),
  ]);
}

function printTrading(comparisons: readonly Comparison[]): string {
  const most = ratiosOf(comparisons);
  return formatTable([
    ['', ...comparisons.map(({ rows }) => `${rows} queries`), 'greatest', 'paper'],
    ...most.map(({ name, max }, i) => [
      name,
      ...comparisons.map(({ systems }) => two(systems[i]!.ratio)),
      two(max),
      two(PUBLISHED.trading[name as keyof typeof PUBLISHED.trading]),
    ]),
  ]);
}

function printGap(results: readonly GapResult[]): string {
  const names = results[0]?.policies.map(({ policy }) => policy) ?? [];
  const column = (values: readonly number[]) => {
    const mean = values.reduce((sum, each) => sum + each, 0) / values.length;
    return `${mean.toFixed(3)} (${Math.max(...values).toFixed(3)})`;
  };
  return formatTable([
    ['', 'over best', 'over bound', 'paper'],
    ...names.map((name, i) => {
      const all = results.map(({ policies }) => policies[i]!);
      const known = PUBLISHED.table5[name as keyof typeof PUBLISHED.table5];
      const paper = known === undefined ? '' : `${known.mean.toFixed(3)} (${known.max.toFixed(3)})`;
      const best = column(all.map(({ overBest }) => overBest));
      return [name, best, column(all.map(({ overBound }) => overBound)), paper];
    }),
  ]);
}

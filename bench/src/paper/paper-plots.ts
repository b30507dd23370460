import type { PaperResults } from './paper-report.ts';
import { ratiosOf } from './paper-report.ts';
import { PUBLISHED } from './published.ts';
import { type BarChart, drawBars } from './svg-bars.ts';

/** SVG files by name. */
export function plotPaper(results: PaperResults): Readonly<Record<string, string>> {
  const charts: Record<string, BarChart> = {
    'table-2': {
      title: 'Latency over Helium’s, mean over the primitive workflows',
      unit: 'ratio (log)',
      logarithmic: true,
      line: 1,
      groups: ratiosOf(results.primitives)
        .slice(0, -1)
        .map(({ name, mean }) => ({
          name,
          bars: [
            { series: 'here', value: mean },
            {
              series: 'paper',
              value: PUBLISHED.table2[name as keyof typeof PUBLISHED.table2].mean,
            },
          ],
        })),
    },
    workflows: {
      title: 'Latency over Helium’s (the line) by workflow, vLLM query-wise left out',
      unit: 'ratio',
      line: 1,
      groups: [...results.primitives, ...results.trading.slice(1, 2)].map(
        ({ workload, systems }) => ({
          name: workload,
          bars: systems.slice(1, -1).map(({ name, ratio }) => ({ series: name, value: ratio })),
        }),
      ),
    },
    'figure-7': {
      title: 'Trading, latency over Helium’s: the greatest over all batch sizes',
      unit: 'ratio (log)',
      logarithmic: true,
      line: 1,
      groups: ratiosOf(results.trading)
        .slice(0, -1)
        .map(({ name, max }) => ({
          name,
          bars: [
            { series: 'here', value: max },
            { series: 'paper', value: PUBLISHED.trading[name as keyof typeof PUBLISHED.trading] },
          ],
        })),
    },
    'table-3': {
      title: 'Trading without one part each, latency over the whole system’s',
      unit: 'ratio',
      line: 1,
      groups: results.ablation.slice(1).map(({ name, ratio }) => ({
        name,
        bars: [
          { series: 'here', value: ratio },
          { series: 'paper', value: PUBLISHED.ablation[name as keyof typeof PUBLISHED.ablation] },
        ],
      })),
    },
    'table-4': {
      title: 'Trading, scheduling alone: latency over Helium’s',
      unit: 'ratio',
      line: 1,
      groups: results.scheduling.map(({ policy, ratio }) => {
        const known = PUBLISHED.table4[policy as keyof typeof PUBLISHED.table4];
        const here = { series: 'here', value: ratio };
        const bars = known === undefined ? [here] : [here, { series: 'paper', value: known.ratio }];
        return { name: policy, bars };
      }),
    },
    'table-5': {
      title: 'Token steps over the best found (paper: over the optimum), mean',
      unit: 'ratio',
      line: 1,
      groups: overBest(results).map(({ policy, mean }) => {
        const known = PUBLISHED.table5[policy as keyof typeof PUBLISHED.table5];
        const here = { series: 'here', value: mean };
        const bars = known === undefined ? [here] : [here, { series: 'paper', value: known.mean }];
        return { name: policy, bars };
      }),
    },
    'figure-10': {
      title: `Speedup over LangGraph by tokens of its parts (paper: up to ${PUBLISHED.sharingMax})`,
      unit: 'ratio',
      line: 1,
      groups: results.sharing.map(({ kind, lengths, speedup }) => ({
        name: lengths,
        bars: [{ series: kind, value: speedup }],
      })),
    },
  };
  return Object.fromEntries(
    Object.entries(charts).map(([name, chart]) => [`paper-${name}.svg`, drawBars(chart)]),
  );
}

function overBest({ gap }: PaperResults): { policy: string; mean: number }[] {
  const [first] = gap;
  return (first?.policies ?? []).map(({ policy }, i) => {
    const sum = gap.reduce((total, { policies }) => total + policies[i]!.overBest, 0);
    return { policy, mean: sum / gap.length };
  });
}

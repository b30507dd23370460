import { BATCHES } from '../src/engine/workloads.ts';
import { formatTable } from '../src/report.ts';
import type { EngineReport } from './peer-report.ts';

/** An engine's figures under the name of its column. */
export interface Column {
  readonly name: string;
  readonly isPeer: boolean;
  readonly report: EngineReport;
}

interface Row {
  readonly name: string;
  /** More is better (tokens per second), or less (seconds, MiB). */
  readonly better: 'more' | 'less';
  readonly of: (report: EngineReport) => number | undefined;
}

const ROWS: readonly Row[] = [
  { name: 'a. prefill, tok/s', better: 'more', of: (report) => report.prefill_tok_s },
  ...BATCHES.map(
    (batch): Row => ({
      name: `b. decode, batch ${batch}, tok/s`,
      better: 'more',
      of: (report) => report.decode_tok_s[batch],
    }),
  ),
  { name: 'c. shared prefix, cold, s', better: 'less', of: (report) => report.shared_s.cold },
  { name: 'c. shared prefix, warm, s', better: 'less', of: (report) => report.shared_s.warm },
  { name: 'd. map-reduce, s', better: 'less', of: (report) => report.mapreduce_s },
  {
    name: 'a to d, processor s',
    better: 'less',
    // Of an engine that ran all of them.
    of: (report) => (report.mapreduce_s === undefined ? undefined : report.own_cpu_s),
  },
  { name: 'load, s', better: 'less', of: (report) => report.load_s },
  { name: 'peak memory, MiB', better: 'less', of: (report) => report.peak_rss_mib },
];

/**
 * Figures side by side, and how many times as good Helium's best column is as the best peer's: above 1 it is
 * ahead. Under it, how much of the processors others had while each ran.
 */
export function ratioTable(columns: readonly Column[]): string {
  const head = ['workload', ...columns.map(({ name }) => name), 'ratio'];
  const rows = ROWS.map((row) => [
    row.name,
    ...columns.map(({ report }) => short(row.of(report))),
    short(ratioOf(row, columns)),
  ]);
  const noise = columns.map(({ name, report: { foreign_cpu_s: foreign, wall_s: wall } }) => {
    const share = foreign === null ? '?' : (foreign / wall).toFixed(2);
    return `${name}: others used ${share} cores while it was measured\n`;
  });
  return `${formatTable([head, ...rows])}\n${noise.join('')}`;
}

/** Helium's best over the best peer's; undefined where one of them has none. */
function ratioOf(row: Row, columns: readonly Column[]): number | undefined {
  const best = (isPeer: boolean) => {
    const values = columns
      .filter((column) => column.isPeer === isPeer)
      .flatMap(({ report }) => row.of(report) ?? []);
    if (values.length === 0) return undefined;
    return row.better === 'more' ? Math.max(...values) : Math.min(...values);
  };
  const [ours, theirs] = [best(false), best(true)];
  if (ours === undefined || theirs === undefined) return undefined;
  return row.better === 'more' ? ours / theirs : theirs / ours;
}

function short(value: number | undefined): string {
  if (value === undefined) return '–';
  return value >= 100 ? value.toFixed(0) : value.toFixed(2);
}

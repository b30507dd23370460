import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** Months of history that a row carries. */
const HISTORY = 60;
const TICKERS = ['MSFT', 'AMZN', 'IBM', 'AAPL', 'GOOG'] as const;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** A value at the start of a month, numbered from year 0. */
interface Point {
  readonly month: number;
  readonly value: number;
}

/**
 * Rows from the `vega-datasets` package: monthly closing prices of five companies and of the S&P 500
 * from 2000 to 2010, and US employment from 2006 to 2015 (Bureau of Labor Statistics). All tickers at
 * the newest month first, then all at the month before, and so on. Series are texts of numbers, oldest
 * first.
 */
export async function tradingRows(count = 2): Promise<Record<string, string>[]> {
  const stocks = await readCsv('stocks.csv');
  const index = series(await readCsv('sp500.csv'), 'date', 'price');
  const employment = await readCsv('us-employment.csv');
  const jobs = series(employment, 'month', 'nonfarm');
  const technology = series(employment, 'month', 'information');
  const newest = Math.max(...index.map((p) => p.month));
  const rows: Record<string, string>[] = [];
  for (let back = 0; rows.length < count && back < HISTORY; back++) {
    const at = newest - back;
    for (const ticker of TICKERS) {
      if (rows.length === count) break;
      const prices = until(
        series(
          stocks.filter((r) => r.symbol === ticker),
          'date',
          'price',
        ),
        at,
      );
      rows.push({
        ticker,
        date: monthName(at),
        prices,
        index: until(index, at),
        jobs: until(jobs, at),
        technology: until(technology, at),
      });
    }
  }
  return rows;
}

function until(points: readonly Point[], month: number): string {
  const known = points.filter((p) => p.month <= month).slice(-HISTORY);
  return known.map((p) => p.value).join(' ');
}

function series(
  records: readonly Readonly<Record<string, string>>[],
  date: string,
  value: string,
): Point[] {
  return records
    .map((r) => ({ month: monthNumber(r[date] ?? ''), value: Number(r[value]) }))
    .sort((a, b) => a.month - b.month);
}

/** From "Mar 1 2010" or "2010-03-01". */
function monthNumber(text: string): number {
  const iso = /^(\d{4})-(\d\d)/.exec(text);
  if (iso !== null) return Number(iso[1]) * 12 + Number(iso[2]) - 1;
  const [month = '', , year = ''] = text.split(' ');
  return Number(year) * 12 + MONTHS.indexOf(month);
}

function monthName(month: number): string {
  return `${MONTHS[month % 12]} ${Math.floor(month / 12)}`;
}

async function readCsv(file: string): Promise<Readonly<Record<string, string>>[]> {
  const path = fileURLToPath(new URL(`../data/${file}`, import.meta.resolve('vega-datasets')));
  const [head = '', ...lines] = (await readFile(path, 'utf8')).trim().split(/\r?\n/);
  const columns = head.split(',');
  return lines.map((line) => {
    const cells = line.split(',');
    return Object.fromEntries(columns.map((column, i) => [column, cells[i] ?? '']));
  });
}

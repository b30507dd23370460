import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** A value at the start of a month, numbered from year 0. */
export interface Point {
  readonly month: number;
  readonly value: number;
}

type CsvRecord = Readonly<Record<string, string>>;

/** Monthly closing prices of a company, oldest first. */
export async function stockPrices(ticker: string): Promise<Point[]> {
  const records = await readCsv('stocks.csv');
  return series(
    records.filter((r) => r.symbol === ticker),
    'date',
    'price',
  );
}

/** The S&P 500 by month. */
export async function indexLevels(): Promise<Point[]> {
  return series(await readCsv('sp500.csv'), 'date', 'price');
}

/** US employment of an industry by month, thousands of jobs. */
export async function employment(industry: string): Promise<Point[]> {
  return series(await readCsv('us-employment.csv'), 'month', industry);
}

export function monthName(month: number): string {
  return `${MONTHS[month % 12]} ${Math.floor(month / 12)}`;
}

function series(records: readonly CsvRecord[], date: string, value: string): Point[] {
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

async function readCsv(file: string): Promise<CsvRecord[]> {
  const path = fileURLToPath(new URL(`../data/${file}`, import.meta.resolve('vega-datasets')));
  const [head = '', ...lines] = (await readFile(path, 'utf8')).trim().split(/\r?\n/);
  const columns = head.split(',');
  return lines.map((line) => {
    const cells = line.split(',');
    return Object.fromEntries(columns.map((column, i) => [column, cells[i] ?? '']));
  });
}

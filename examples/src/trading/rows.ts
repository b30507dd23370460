import {
  employment,
  indexLevels,
  monthName,
  type Point,
  stockPrices,
} from '../figures/read-figures.ts';

/** Months of history that a row carries. */
const HISTORY = 60;
const TICKERS = ['MSFT', 'AMZN', 'IBM', 'AAPL', 'GOOG'] as const;

/**
 * Rows on real figures: all tickers at the newest month first, then all at the month before, and so on.
 * Series are texts of numbers, oldest first.
 */
export async function tradingRows(count = 2): Promise<Record<string, string>[]> {
  const index = await indexLevels();
  const jobs = await employment('nonfarm');
  const technology = await employment('information');
  const prices = new Map<string, Point[]>();
  for (const ticker of TICKERS) prices.set(ticker, await stockPrices(ticker));
  const newest = Math.max(...index.map((p) => p.month));
  const rows: Record<string, string>[] = [];
  for (let back = 0; rows.length < count && back < HISTORY; back++) {
    const month = newest - back;
    for (const ticker of TICKERS.slice(0, count - rows.length)) {
      rows.push({
        ticker,
        date: monthName(month),
        prices: until(prices.get(ticker) ?? [], month),
        index: until(index, month),
        jobs: until(jobs, month),
        technology: until(technology, month),
      });
    }
  }
  return rows;
}

function until(points: readonly Point[], month: number): string {
  const known = points.filter((p) => p.month <= month).slice(-HISTORY);
  return known.map((p) => p.value).join(' ');
}

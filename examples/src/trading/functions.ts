const COLUMNS = ['prices', 'index', 'jobs', 'technology'] as const;

/** A function takes what columns it needs; another name is refused when a run is created. */
const ARGS = Object.fromEntries(COLUMNS.map((name) => [name, { optional: true }]));

/**
 * Indicators as functions for `fn` operators: each turns series (texts of numbers, oldest first) into a
 * short note that an analyst can read. Pure: same series, same note.
 */
export const functions = {
  'trading.prices': indicator('The closing prices of the last twelve months.', ({ prices }) => {
    return `Closing prices of the last 12 months, oldest first: ${last(prices, 12).map(money).join(', ')}.`;
  }),
  'trading.trend': indicator('Moving averages against the price.', ({ prices }) => {
    const [now, short, long] = [end(prices), mean(last(prices, 3)), mean(last(prices, 12))];
    const side = now > long ? 'above' : 'below';
    return `The price is ${money(now)}. Its 3-month average is ${money(short)}, its 12-month average ${money(long)}. The price is ${percent(now / long - 1)} ${side} its 12-month average.`;
  }),
  'trading.momentum': indicator(
    'Returns over 1, 3, 6 and 12 months, and a relative strength index.',
    ({ prices }) => {
      const parts = [1, 3, 6, 12].map(
        (n) => `${signed(change(prices, n))} over ${n} month${n === 1 ? '' : 's'}`,
      );
      return `Returns: ${parts.join(', ')}. The relative strength index is ${strength(last(prices, 15)).toFixed(0)} of 100.`;
    },
  ),
  'trading.risk': indicator('Volatility and drawdown.', ({ prices }) => {
    const returns = pairs(last(prices, 25)).map(([a, b]) => b / a - 1);
    const yearly = deviation(returns) * Math.sqrt(12);
    return `Yearly volatility is ${percent(yearly)}. The worst fall from a peak in five years was ${percent(drawdown(prices))}; the worst month of the last two years was ${signed(Math.min(...returns))}.`;
  }),
  'trading.index-level': indicator('The index and where it stands.', ({ index }) => {
    const high = Math.max(...index);
    return `The S&P 500 stands at ${end(index).toFixed(0)}, ${percent(1 - end(index) / high)} below its five-year high of ${high.toFixed(0)}.`;
  }),
  'trading.index-trend': indicator('Returns of the index.', ({ index }) => {
    const parts = [3, 6, 12].map((n) => `${signed(change(index, n))} over ${n} months`);
    return `The S&P 500 returned ${parts.join(', ')}.`;
  }),
  'trading.index-risk': indicator('Volatility and drawdown of the index.', ({ index }) => {
    const returns = pairs(last(index, 25)).map(([a, b]) => b / a - 1);
    return `The S&P 500 has a yearly volatility of ${percent(deviation(returns) * Math.sqrt(12))}; its worst fall from a peak in five years was ${percent(drawdown(index))}.`;
  }),
  'trading.jobs-level': indicator('Employment and where it stands.', ({ jobs }) => {
    const peak = Math.max(...jobs);
    return `US employers have ${(end(jobs) / 1000).toFixed(1)} million jobs on their payrolls, ${percent(1 - end(jobs) / peak)} below the peak.`;
  }),
  'trading.jobs-trend': indicator('Change of employment.', ({ jobs }) => {
    const monthly = pairs(last(jobs, 4)).map(([a, b]) => (b - a).toFixed(0));
    return `Jobs changed by ${signed(change(jobs, 12))} over a year; in the last three months by ${monthly.join(', ')} thousand.`;
  }),
  'trading.tech-jobs': indicator('Employment in information businesses.', ({ technology }) => {
    return `Information businesses employ ${(end(technology) / 1000).toFixed(2)} million, ${signed(change(technology, 12))} over a year.`;
  }),
  'trading.jobs-turn': indicator('Whether employment has turned.', ({ jobs }) => {
    const low = Math.min(...last(jobs, 36));
    const months = last(jobs, 36).length - 1 - last(jobs, 36).indexOf(low);
    return `The lowest employment of the last three years was ${months} months ago; since then jobs changed by ${signed(end(jobs) / low - 1)}.`;
  }),
  'trading.strength': indicator('The price against the index.', ({ prices, index }) => {
    const parts = [3, 12].map(
      (n) => `${signed(change(prices, n) - change(index, n))} over ${n} months`,
    );
    return `Against the S&P 500 the stock did ${parts.join(' and ')}.`;
  }),
  'trading.season': indicator('How the coming month went in other years.', ({ prices }) => {
    const years = [12, 24, 36, 48].filter((n) => n < prices.length);
    const returns = years.map(
      (n) => at(prices, prices.length - n) / at(prices, prices.length - n - 1) - 1,
    );
    return `In the last ${years.length} years the coming month returned ${returns.map(signed).join(', ')}.`;
  }),
  'trading.growth': indicator('Growth over the whole history.', ({ prices }) => {
    const years = (prices.length - 1) / 12;
    const rate = (end(prices) / at(prices, 0)) ** (1 / years) - 1;
    return `Over ${years.toFixed(1)} years the price went from ${money(at(prices, 0))} to ${money(end(prices))}, ${signed(rate)} a year.`;
  }),
} as const;

/** The columns of a row as numbers; a column that a function does not take is empty. */
type Series = Readonly<Record<(typeof COLUMNS)[number], readonly number[]>>;

/** Wraps a note on series as a function; a series that is too short or not numbers is refused by name. */
function indicator(description: string, note: (series: Series) => string) {
  return {
    description,
    pure: true,
    args: ARGS,
    run(args: Readonly<Record<string, string>>): string {
      const entries = COLUMNS.map((name) => [
        name,
        args[name] === undefined ? [] : numbers(name, args[name]),
      ]);
      return note(Object.fromEntries(entries) as Series);
    },
  };
}

function numbers(name: string, value: string): number[] {
  const found = value.trim().split(/\s+/).map(Number);
  if (found.length >= 16 && !found.some(Number.isNaN)) return found;
  throw new Error(`argument "${name}": needs at least 16 numbers; is "${value.slice(0, 40)}"`);
}

const at = (values: readonly number[], i: number) => values[i] ?? Number.NaN;
const end = (values: readonly number[]) => at(values, values.length - 1);
const last = (values: readonly number[], n: number) => values.slice(-n);
const mean = (values: readonly number[]) => values.reduce((sum, v) => sum + v, 0) / values.length;
const money = (value: number) => `$${value.toFixed(2)}`;
const percent = (value: number) => `${(100 * Math.abs(value)).toFixed(1)}%`;
const signed = (value: number) => `${value < 0 ? '-' : '+'}${percent(value)}`;
const change = (values: readonly number[], n: number) =>
  end(values) / at(values, values.length - 1 - n) - 1;

function pairs(values: readonly number[]): [number, number][] {
  return values.slice(1).map((value, i) => [at(values, i), value]);
}

function deviation(values: readonly number[]): number {
  const center = mean(values);
  return Math.sqrt(mean(values.map((v) => (v - center) ** 2)));
}

/** The greatest fall from a peak, as a share of it. */
function drawdown(values: readonly number[]): number {
  let peak = 0;
  let worst = 0;
  for (const value of values) {
    peak = Math.max(peak, value);
    worst = Math.max(worst, 1 - value / peak);
  }
  return worst;
}

/** Wilder's relative strength index over the whole of `values`. */
function strength(values: readonly number[]): number {
  const moves = pairs(values).map(([a, b]) => b - a);
  const gains = mean(moves.map((m) => Math.max(0, m)));
  const losses = mean(moves.map((m) => Math.max(0, -m)));
  return losses === 0 ? 100 : 100 - 100 / (1 + gains / losses);
}

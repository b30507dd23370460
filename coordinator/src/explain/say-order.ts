import type { ExplainedPool } from './explained-plan.ts';
import { type ComparedOrder, compareOrders, type Forecast, forecast } from './forecast.ts';
import { counted, grouped, share, table, wrap } from './text-layout.ts';

/** What the schedule of a model is expected to take and to reuse, against simpler orders. */
export function sayOrder(pool: ExplainedPool): string[] {
  const played = forecast(pool);
  const workers = counted(pool.workers.length, 'worker');
  const none = pool.poor.length > 0 ? 'none takes calls now' : 'none is attached';
  const where = pool.isAssumed ? `${workers} (ASSUMED: ${none})` : workers;
  const poor = pool.poor.flatMap(({ worker, reason }) =>
    wrap(`Nothing is planned for worker "${worker}": ${reason}`),
  );
  if (played === undefined) {
    const text = wrap(
      `What the schedule takes on ${where} cannot be told: a call is larger than the ` +
        `${grouped(pool.kvTokens)} tokens that a worker's memory holds.`,
    );
    return [...text, ...poor];
  }
  const orders = compareOrders(pool);
  const lines = [
    cells('this schedule', played),
    ...orders.map((compared) => cells(compared.text, compared.forecast)),
  ];
  return [
    ...wrap(
      'The order of the calls decides how long workers wait for answers, and whether a beginning is still ' +
        `in memory when the next prompt needs it. Expected for all calls on ${where}, by simulation:`,
    ),
    ...table(lines, [1, 2]).map((line) => `  ${line}`),
    ...wrap(conclusion(played, orders)),
    ...poor,
  ];
}

function cells(name: string, { seconds, promptTokens, reusedTokens }: Forecast): string[] {
  const computed = `${grouped(promptTokens - reusedTokens)} prompt tokens computed,`;
  return [
    name,
    `${secondsText(seconds)},`,
    computed,
    `${grouped(reusedTokens)} reused (${share(reusedTokens, promptTokens)})`,
  ];
}

function conclusion(played: Forecast, orders: readonly ComparedOrder[]): string {
  const ratios = orders.map(({ forecast: other }) => other.seconds / played.seconds);
  const [least, most] = [Math.min(...ratios), Math.max(...ratios)];
  const isAlike = least > 0.95 && most < 1.05;
  const times = least.toFixed(1) === most.toFixed(1) ? [most] : [least, most];
  const speed = isAlike
    ? 'about as fast as the others'
    : `${times.map((ratio) => ratio.toFixed(1)).join(' to ')} times as fast as the others`;
  const reusable = Math.max(...orders.map(({ forecast: other }) => other.reusedTokens));
  const gained = played.reusedTokens - reusable;
  if (Math.abs(gained) >= played.promptTokens / 100) {
    return gained > 0
      ? `This order reuses ${grouped(gained)} tokens more than the others and is ${speed}.`
      : `This order is ${speed}, though it reuses ${grouped(-gained)} tokens less than they can: ` +
          'spreading calls over workers that are free costs less than it saves.';
  }
  const why =
    played.evictedTokens === 0 ? ', for nothing has to be dropped from memory on the way' : '';
  return `All reuse alike${why}. This order is ${speed}: it runs together whatever is ready.`;
}

function secondsText(seconds: number): string {
  return seconds < 10 ? `${seconds.toPrecision(2)} s` : `${grouped(Math.round(seconds))} s`;
}

import { type Spread, spreadOf } from '@helium/bench/engine';
import { table } from '../../output/table.ts';
import type { EngineFigures } from './measure-engine.ts';

/** What `helium bench engine` was asked for, as it is printed with the figures. */
export interface EngineSetup {
  readonly precision: string;
  readonly prompt_lookup: string;
  readonly threads: number;
  readonly engines: number;
  readonly repeats: number;
  readonly model: string;
}

/** The JSON object: medians at the top, the least and the greatest beside them in the same shape. */
export function reportOf(figures: EngineFigures, setup: EngineSetup): object {
  const { ownCpuSeconds, foreignCpuSeconds, wallSeconds, peakMib } = figures;
  return {
    ...valuesOf(figures, 'median'),
    peak_rss_mib: peakMib,
    own_cpu_s: rounded(ownCpuSeconds),
    foreign_cpu_s: foreignCpuSeconds === undefined ? null : rounded(foreignCpuSeconds),
    wall_s: rounded(wallSeconds),
    ...setup,
    min: valuesOf(figures, 'min'),
    max: valuesOf(figures, 'max'),
  };
}

function valuesOf(figures: EngineFigures, which: keyof Spread) {
  const of = (values: readonly number[]) => rounded(spreadOf(values)[which]);
  const decode = Object.entries(figures.decodeTokensPerSecond);
  return {
    prefill_tok_s: of(figures.prefillTokensPerSecond),
    decode_tok_s: Object.fromEntries(decode.map(([batch, rates]) => [batch, of(rates)])),
    shared_s: { cold: of(figures.sharedColdSeconds), warm: of(figures.sharedWarmSeconds) },
    mapreduce_s: of(figures.mapReduceSeconds),
    load_s: of(figures.loadSeconds),
    first_token_s: of(figures.firstTokenSeconds),
    second_token_s: of(figures.secondTokenSeconds),
  };
}

/** The same as a table. */
export function engineTable(figures: EngineFigures): string {
  const row = (name: string, unit: string, values: readonly number[]) => {
    const { median, min, max } = spreadOf(values);
    return [name, unit, rounded(median), rounded(min), rounded(max)];
  };
  const decode = Object.entries(figures.decodeTokensPerSecond);
  return table(
    ['workload', 'unit', 'median', 'min', 'max'],
    [
      row('a. prefill', 'tok/s', figures.prefillTokensPerSecond),
      ...decode.map(([batch, rates]) => row(`b. decode, ${batch} calls`, 'tok/s', rates)),
      row('c. shared prefix, cold', 's', figures.sharedColdSeconds),
      row('c. shared prefix, warm', 's', figures.sharedWarmSeconds),
      row('d. map-reduce', 's', figures.mapReduceSeconds),
      row('load', 's', figures.loadSeconds),
      row('load and first token', 's', figures.firstTokenSeconds),
      row('load and second token', 's', figures.secondTokenSeconds),
    ],
  );
}

/** Three decimals, and none above a hundred. */
function rounded(value: number): number {
  return Number(value.toFixed(value >= 100 ? 0 : 3));
}

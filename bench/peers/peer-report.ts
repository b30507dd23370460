import { type Spread, spreadOf } from '../src/engine/spread-values.ts';
import type { Cost } from './meter.ts';

/** Repeated measurements: tokens per second of a and b (by batch), seconds of c and d. */
export interface PeerValues {
  readonly a: number[];
  readonly b: Record<number, number[]>;
  readonly cold: number[];
  readonly warm: number[];
  readonly d: number[];
}

/** One engine's figures as every program here prints them; what was not measured is not there. */
export interface EngineReport {
  readonly prefill_tok_s?: number;
  readonly decode_tok_s: Readonly<Record<string, number>>;
  readonly shared_s: { readonly cold?: number; readonly warm?: number };
  readonly mapreduce_s?: number;
  readonly load_s: number;
  readonly peak_rss_mib: number;
  readonly own_cpu_s: number;
  readonly foreign_cpu_s: number | null;
  readonly wall_s: number;
}

/** Prints the report as one line of JSON. */
export function printReport(values: PeerValues, loadSeconds: number, cost: Cost): void {
  const line = {
    ...figures(values, 'median'),
    load_s: loadSeconds,
    ...cost,
    min: figures(values, 'min'),
    max: figures(values, 'max'),
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function figures({ a, b, cold, warm, d }: PeerValues, which: keyof Spread) {
  const pick = (values: readonly number[]) => spreadOf(values)[which];
  const of = (values: readonly number[]) => (values.length === 0 ? undefined : pick(values));
  const decode = Object.entries(b).map(([batch, rates]) => [batch, pick(rates)]);
  return {
    prefill_tok_s: of(a),
    decode_tok_s: Object.fromEntries(decode),
    shared_s: { cold: of(cold), warm: of(warm) },
    mapreduce_s: of(d),
  };
}

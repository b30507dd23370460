import { readFileSync } from 'node:fs';
import { openModel, resolveModel } from '@helium/model';
import { HeliumError } from '@helium/shared';
import { homeFolders, loadSettings } from '@helium/shared/config';
import { measureKernelPeaks } from '@helium/worker/onnx';
import { type MachineLimits, machineLimits, readWorkloads } from './src/engine/index.ts';
import { type Finding, formatTable, parseOptions, runProgram } from './src/report.ts';

/**
 * How far the engine is from what this machine's kernels and memory allow, row by row of `helium bench engine`.
 * usage: limits.ts --workloads FILE --figures FILE [--threads 2] [--json]
 * `figures`: what `helium bench engine --json` printed, on this machine, shortly before. Fails where a figure
 * passes its limit: then one of them is wrong. The engine must have drafted no tokens (`--prompt-lookup off`): where a draft
 * is accepted, a step that reads the weights once makes several.
 */
const options = parseOptions({
  workloads: { type: 'string' },
  figures: { type: 'string' },
  threads: { type: 'string', default: '2' },
  model: { type: 'string', default: 'smollm2-135m-instruct' },
});

/** The part of the report that is read. */
interface Figures {
  readonly prefill_tok_s: number;
  readonly decode_tok_s: Readonly<Record<string, number>>;
  readonly shared_s: { readonly cold: number; readonly warm: number };
  readonly mapreduce_s: number;
  readonly prompt_lookup?: string;
}

interface Row {
  readonly workload: string;
  readonly unit: 'tok/s' | 's';
  readonly limit: number;
  readonly measured: number;
  /** Of the limit: 1 is all of it. */
  readonly reached: number;
}

await runProgram(options.json, compare);

async function compare(): Promise<Finding> {
  const workloads = readWorkloads(options.workloads ?? '');
  const figures = readFigures(options.figures ?? '');
  const { values: settings } = loadSettings({ flags: {}, environment: process.env });
  const model = openModel(
    await resolveModel(options.model, homeFolders(settings).models, () => {}),
  );
  const { config } = model;
  model.close();
  const peaks = await measureKernelPeaks(Number(options.threads));
  const rows = rowsOf(machineLimits(config, peaks, workloads), figures);
  const giga = (value: number) => (value / 1e9).toFixed(0);
  return {
    holds: rows.every(({ reached }) => reached <= 1),
    text: `${formatTable([
      ['workload', 'unit', 'limit', 'measured', 'reached'],
      ...rows.map(({ workload, unit, limit, measured, reached }) => {
        const digits = unit === 's' ? 2 : 0;
        return [
          workload,
          unit,
          limit.toFixed(digits),
          measured.toFixed(digits),
          reached.toFixed(2),
        ];
      }),
    ])}peaks of ${options.threads} threads: 8-bit products ${giga(peaks.int8)} Gop/s, float32 ${giga(peaks.float32)}, reading ${giga(peaks.readBytes)} GB/s\n`,
    json: { peaks, rows },
  };
}

function readFigures(path: string): Figures {
  const figures = JSON.parse(readFileSync(path, 'utf8')) as Figures;
  if (figures.prompt_lookup !== 'on') return figures;
  const message = `${path}: prompt_lookup is on: limits are those of a token a step, measure with --prompt-lookup off`;
  throw new HeliumError('OPTIONS_INVALID', message);
}

function rowsOf(limits: MachineLimits, figures: Figures): Row[] {
  const rate = (workload: string, limit: number, measured: number): Row => {
    return { workload, unit: 'tok/s', limit, measured, reached: measured / limit };
  };
  const time = (workload: string, limit: number, measured: number): Row => {
    return { workload, unit: 's', limit, measured, reached: limit / measured };
  };
  return [
    rate('a. prefill', limits.prefill, figures.prefill_tok_s),
    ...Object.entries(limits.decode).map(([rows, limit]) =>
      rate(`b. decode, ${rows} calls`, limit, figures.decode_tok_s[rows] ?? Number.NaN),
    ),
    time('c. shared prefix, cold', limits.sharedCold, figures.shared_s.cold),
    time('c. shared prefix, warm', limits.sharedWarm, figures.shared_s.warm),
    time('d. map-reduce', limits.mapReduce, figures.mapreduce_s),
  ];
}

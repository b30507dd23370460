import { readWorkloads } from '@helium/bench/engine';
import { HeliumError } from '@helium/shared';
import { homeFolders, type Settings } from '@helium/shared/config';
import type { EngineConfig } from '@helium/worker/engine';
import { fetchModel } from '../../cluster/embedded-cluster.ts';
import { say, settingsOf } from '../../context.ts';
import { checkWorkloads, type ModelLimits } from './check-workloads.ts';
import { engineTable, reportOf } from './engine-report.ts';
import { measureEngine, threadsEach } from './measure-engine.ts';

export interface EngineBenchFlags extends Readonly<Record<string, unknown>> {
  readonly workloads: string;
  readonly engines: string;
  readonly reps: string;
  readonly json?: boolean;
}

/** Calls of one step at most, where the caller does not say: workload d has 48 at once. */
const MAX_BATCH = '48';
/** KV memory likewise, MiB: a prompt that fills the context, and no more than the workloads need to be as fast. */
const KV_MIB = '384';

/** `helium bench engine`: workloads a to d on the engine, printed as a table or one JSON object. */
export async function benchEngine(flags: EngineBenchFlags): Promise<void> {
  const workloads = readWorkloads(flags.workloads);
  const { values: settings } = settingsOf({ maxBatch: MAX_BATCH, kvMib: KV_MIB, ...flags });
  const engines = count('engines', flags.engines);
  const repeats = count('reps', flags.reps);
  const threads = settings.threads || threadsEach(engines);
  const modelPath = await fetchModel(settings, say);
  checkWorkloads(flags.workloads, workloads, await limitsOf(modelPath, settings));
  const config = configOf(settings, modelPath, threads);
  const report = flags.json === true ? () => {} : say;
  const figures = await measureEngine({ workloads, config, engines, repeats, report });
  const { precision, model, 'prompt-lookup': promptLookup } = settings;
  const setup = { precision, prompt_lookup: promptLookup, threads, engines, repeats, model };
  if (flags.json === true) {
    process.stdout.write(`${JSON.stringify(reportOf(figures, setup))}\n`);
    return;
  }
  const { peakMib, ownCpuSeconds, foreignCpuSeconds, wallSeconds } = figures;
  process.stdout.write(engineTable(figures));
  process.stdout.write(
    `peak memory ${peakMib} MiB; ${wallSeconds.toFixed(1)} s, of the processors ` +
      `${ownCpuSeconds.toFixed(1)} s ours, ${foreignCpuSeconds?.toFixed(1) ?? '?'} s others'\n`,
  );
}

/** A whole number from 1 to 64. Throws OPTIONS_INVALID. */
function count(name: string, text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= 64) return value;
  throw new HeliumError(
    'OPTIONS_INVALID',
    `--${name}: "${text}" is not a whole number from 1 to 64`,
  );
}

async function limitsOf(modelPath: string, settings: Settings): Promise<ModelLimits> {
  const { openModel } = await import('@helium/model/open');
  const model = openModel(modelPath);
  model.close();
  const { vocab, contextTokens } = model.config;
  return { vocab, contextTokens: settings['context-tokens'] || contextTokens };
}

function configOf(settings: Settings, modelPath: string, threads: number): EngineConfig {
  return {
    engine: 'onnx',
    modelPath,
    modelName: settings['model-name'],
    graphFolder: homeFolders(settings).graphs,
    threads,
    precision: settings.precision,
    promptLookup: settings['prompt-lookup'] === 'on',
    stackedQueries: settings['stacked-queries'],
    maxBatch: settings['max-batch'],
    kvMib: settings['kv-mib'],
    contextTokens: settings['context-tokens'],
    simSpeed: 0,
  };
}

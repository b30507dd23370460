import { createHash } from 'node:crypto';
import type { ModelFile } from '@helium/model';
import { modelDigest } from '@helium/shared';
import {
  createTokenizer,
  type Tokenizer,
  type TokenizerSpec,
  tokenizerDigest,
} from '@helium/shared/tokenizer';
import { createBatchEngine } from './batch-engine.ts';
import { SchemaCompiler } from './constraint/index.ts';
import type { Engine } from './engine.ts';
import type { EngineConfig, ServedModel } from './engine-config.ts';
import type { FileChecks } from './file-checks.ts';
import { servedDigest } from './onnx/served-digest.ts';
import type { StartThread } from './sibling-thread.ts';

export interface BuiltEngine {
  readonly engine: Engine;
  readonly served: ServedModel;
}

/** What an engine asks of whoever holds it. */
export interface EngineHost {
  /** Told what a person may want to know. */
  readonly notice: (message: string) => void;
  readonly startThread: StartThread;
  /** Takes what will be served as soon as that is known: what is told early need not be waited for. */
  readonly identified: (served: ServedModel) => void;
  readonly files: FileChecks;
}

/** Makes what an engine reads prompts and writes texts with. */
export type TokenizerMaker = (spec: TokenizerSpec) => Tokenizer;

/**
 * Builds the engine a config asks for, on this thread. Throws what `openModel` and
 * `createOnnxExecutor` throw. A `tokenizerOf` of one's own takes the place of the model's tokenizer,
 * but in the sim engine.
 */
export function buildEngine(
  config: EngineConfig,
  host: EngineHost,
  tokenizerOf: TokenizerMaker = createTokenizer,
): Promise<BuiltEngine> {
  return BUILDERS[config.engine](config, host, tokenizerOf);
}

const BUILDERS = { onnx: buildOnnxEngine, sim: buildSimEngine } satisfies Record<
  EngineConfig['engine'],
  (config: EngineConfig, host: EngineHost, tokenizerOf: TokenizerMaker) => Promise<BuiltEngine>
>;

/** The runtime is imported only here: a sim engine never loads it. */
async function buildOnnxEngine(
  config: EngineConfig,
  host: EngineHost,
  tokenizerOf: TokenizerMaker,
): Promise<BuiltEngine> {
  // What only this thread can do is done while another reads the whole file.
  const hashing = host.files.hash(config.modelPath);
  // Where something fails before it is waited for.
  hashing.catch(() => {});
  let hash: Awaited<typeof hashing>;
  const { precision, device = 'cpu' } = config;
  const spareStage = await startSpareStage(config, host);
  const { openModel } = await import('@helium/model/open');
  const { createOnnxExecutor } = await import('./onnx/onnx-executor.ts');
  const { chooseForm } = await import('./onnx/graph-form.ts');
  let model: ModelFile | undefined;
  try {
    model = openModel(config.modelPath, () => hash);
    const tokenizer = tokenizerOf(model.tokenizer);
    hash = await hashing;
    const { kernels } = await chooseForm(config);
    const served = {
      model: config.modelName || model.config.name,
      modelDigest: servedDigest(model.digest, { precision, device, kernels }),
      tokenizerSpec: model.tokenizer,
    };
    host.identified(served);
    const inspect = host.files.findDamage;
    const executor = await createOnnxExecutor(model, { ...config, ...host, inspect, spareStage });
    const schemaCompiler = new SchemaCompiler();
    return { engine: createBatchEngine(executor, tokenizer, { schemaCompiler }), served };
  } finally {
    model?.close();
    spareStage?.closeUnopened();
  }
}

/** Another thread can load what prefill needs while this one loads what it needs itself. */
async function startSpareStage({ threads, device = 'cpu' }: EngineConfig, host: EngineHost) {
  if (threads < 2 || device !== 'cpu') return undefined;
  const { StageThread } = await import('./onnx/prefill/stage-thread.ts');
  return new StageThread(host.startThread);
}

/** Of a simulated server, which takes none of this machine's. */
const SIM_KV_MIB = 1024;

async function buildSimEngine(config: EngineConfig): Promise<BuiltEngine> {
  const { createSimEngine } = await import('./sim/create-sim-engine.ts');
  const { DEFAULT_SIM_TIMING, SIM_KV_BYTES_PER_TOKEN } = await import('./sim/latency-model.ts');
  const { maxBatch, kvMib, contextTokens, simSpeed } = config;
  const kvTokens = Math.floor(((kvMib || SIM_KV_MIB) * 2 ** 20) / SIM_KV_BYTES_PER_TOKEN);
  const limits = { maxBatch, kvTokens, ...(contextTokens > 0 ? { contextTokens } : {}) };
  const schemaCompiler = new SchemaCompiler();
  const { engine, tokenizerSpec } = createSimEngine({ limits, speed: simSpeed, schemaCompiler });
  const digest = tokenizerDigest(tokenizerSpec);
  const timing = JSON.stringify(DEFAULT_SIM_TIMING);
  const served = {
    model: config.modelName || 'sim',
    modelDigest: modelDigest(createHash('sha256').update(digest).update(timing).digest('hex')),
    tokenizerSpec,
  };
  return { engine, served };
}

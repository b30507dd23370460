import { createTokenizer, type TokenizerSpec } from '@helium/shared/tokenizer';
import { type BatchEngineOptions, createBatchEngine } from '../batch-engine.ts';
import type { Engine } from '../engine.ts';
import { createSimExecutor, type SimExecutorOptions } from './sim-executor.ts';
import { createSimVocabulary } from './sim-tokenizer-spec.ts';

export interface SimEngineOptions
  extends Omit<SimExecutorOptions, 'outputTokens' | 'endToken'>,
    Pick<BatchEngineOptions, 'schemaCompiler'> {
  /** Tokens of a step at most, decoding and prefilling ones together. */
  readonly stepTokensMax?: number;
}

export interface SimEngine {
  readonly engine: Engine;
  readonly tokenizerSpec: TokenizerSpec;
}

const STEP_TOKENS_MAX = 2048;

/**
 * The modelled server as an engine: paged KV, one budget of tokens for decoding and prefilling
 * calls. The times it reports are simulated ones.
 */
export function createSimEngine(options: SimEngineOptions = {}): SimEngine {
  const { stepTokensMax = STEP_TOKENS_MAX, schemaCompiler, ...executorOptions } = options;
  const { spec, outputTokens, endToken } = createSimVocabulary();
  const executor = createSimExecutor({ ...executorOptions, outputTokens, endToken });
  const engine = createBatchEngine(executor, createTokenizer(spec), {
    stepTokensMax,
    nowMs: () => executor.nowMs,
    ...(schemaCompiler === undefined ? {} : { schemaCompiler }),
  });
  return { engine, tokenizerSpec: spec };
}

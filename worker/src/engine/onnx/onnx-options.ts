import type { ModelConfig } from '@helium/model';
import { HeliumError, isWholeNumber } from '@helium/shared';
import type { StartThread } from '../sibling-thread.ts';
import type { Device } from './device.ts';
import type { Precision } from './graph/precision.ts';
import type { StackedQueries } from './graph-form.ts';
import type { MemoryShare } from './kv/kv-budget.ts';
import type { StageThread } from './prefill/stage-thread.ts';

/** What an executor may use, and where it keeps what it builds. */
export interface OnnxOptions {
  /** Threads of the kernels; from 2 on, threads but the caller's are pinned to cores. */
  readonly threads: number;
  readonly precision: Precision;
  /** What the graphs run on; the CPU where left away. Others take `exact` precision only. */
  readonly device?: Device;
  /** Sequences that decode together at most. */
  readonly maxBatch: number;
  /** Memory for KV: blocks and slabs together. The past of the prompt in prefill comes on top. 0: see `kvBudget`. */
  readonly kvMib: number;
  /** All that the engine may use; as much as there is where left away. */
  readonly memory?: MemoryShare;
  /** Prompt and output tokens of a sequence at most; 0: the model's context. */
  readonly contextTokens: number;
  /** Graphs are kept in a folder per model inside. */
  readonly graphFolder: string;
  /** Told what a person may want to know, such as a damaged graph cache. */
  readonly notice?: (message: string) => void;
  /** Finds what is wrong with a folder of graphs, as `findDamage`; here where left away. */
  readonly inspect?: (folder: string) => Promise<string | undefined>;
  /** See `GraphForm`; `auto` where left away. */
  readonly stackedQueries?: StackedQueries;
  /**
   * Drafts tokens from how a text went on before, and computes them along, where `ModelGraphs.takesDrafts`; true where
   * left away. No output depends on it.
   */
  readonly promptLookup?: boolean;
  /** Starts the threads that prefill beside this one; children of this one where left away. */
  readonly startThread?: StartThread;
  /** A thread started ahead, for a stage of prefill; where none runs on a thread it stays unopened. */
  readonly spareStage?: StageThread | undefined;
  /** Seeds of sequences that ask for sampling without one; random where left away. */
  readonly drawSeed?: () => bigint;
}

/**
 * Throws CONFIG_INVALID naming every option out of its range, MODEL_UNSUPPORTED where the context is wider
 * than the model's attention window (within the window, windowed and full attention are the same) or than what
 * longrope's first divisors are for (beyond it a prefix's KV would depend on the length of its call), and where
 * attention has a single head: onnxruntime then takes other kernels for one row than for several.
 */
export function checkOptions(options: OnnxOptions, model: ModelConfig): void {
  const { contextTokens: modelContextTokens } = model;
  const { threads, maxBatch, kvMib, contextTokens, device = 'cpu' } = options;
  const ranges = { threads: [threads, 1], maxBatch: [maxBatch, 1], kvMib: [kvMib, 0] } as const;
  const faults = Object.entries(ranges)
    .filter(([, [value, least]]) => !isWholeNumber(value, least))
    .map(([field, [value, least]]) => ({
      field,
      message: `is ${value}, must be ${least} or more`,
    }));
  if (device !== 'cpu' && options.precision !== 'exact') {
    const message = `is ${options.precision}, must be exact on device ${device}: int8 kernels are the CPU's`;
    faults.push({ field: 'precision', message });
  }
  if (!isWholeNumber(contextTokens, 0, modelContextTokens)) {
    const message = `is ${contextTokens}, must be 0 to the model's ${modelContextTokens}`;
    faults.push({ field: 'contextTokens', message });
  }
  if (faults.length > 0) {
    const listed = faults.map(({ field, message }) => `${field} ${message}`).join('; ');
    throw new HeliumError('CONFIG_INVALID', `onnx engine: ${listed}`, { faults });
  }
  if (model.heads === 1) {
    const message = `model ${model.name} has 1 attention head, 2 are supported at least: a token's bits would depend on its batch`;
    throw new HeliumError('MODEL_UNSUPPORTED', message);
  }
  checkContext(model, contextTokens || modelContextTokens);
}

function checkContext({ name, slidingWindow, ropeScaling }: ModelConfig, context: number): void {
  const refuse = (what: string, limit: number) => {
    throw new HeliumError(
      'MODEL_UNSUPPORTED',
      `model ${name} ${what} of ${limit} tokens, which is not supported in a ` +
        `context of ${context}; set context-tokens to ${limit} or less`,
    );
  };
  if (slidingWindow !== null && context > slidingWindow) {
    refuse('attends to a sliding window', slidingWindow);
  }
  if (ropeScaling.kind === 'longrope' && context > ropeScaling.originalTokens) {
    refuse('has other rope (longrope) beyond a first context', ropeScaling.originalTokens);
  }
}

import type { TokenDecoder } from '@helium/shared/tokenizer';
import type { EvictionPolicy } from '../kv/index.ts';
import type { ExecutorLimits } from './step-executor.ts';

export interface PlannerOptions {
  readonly limits: ExecutorLimits;
  readonly endTokenIds: ReadonlySet<number>;
  readonly createDecoder: (continues: boolean) => TokenDecoder;
  /** Tokens of a step at most, decoding and prefilling ones together; default: no such limit. */
  readonly stepTokensMax?: number;
  /** Blocks that may be pinned; default: half of them, less where one call may need more. */
  readonly pinBudgetBlocks?: number;
  /** Default: by next use. */
  readonly eviction?: EvictionPolicy;
}

/** KV memory in blocks and tokens, and how much of it may be pinned: so much that the longest call still finds room. */
export function kvBudgetOf({ limits, pinBudgetBlocks }: PlannerOptions) {
  const { blockTokens, kvTokens, contextTokens, kvTokensAlone = kvTokens } = limits;
  const blocks = Math.floor(kvTokens / blockTokens);
  const beside = Math.floor(kvTokensAlone / blockTokens) - Math.ceil(contextTokens / blockTokens);
  const pinned = pinBudgetBlocks ?? Math.max(0, Math.min(blocks >> 1, beside));
  return { blocks, blockTokens, pinBudgetBlocks: pinned, kvTokens, kvTokensAlone };
}

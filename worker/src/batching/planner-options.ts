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

import type { ModelDigest } from '@helium/shared';
import type { TokenizerSpec } from '@helium/shared/tokenizer';
import type { Device } from './onnx/device.ts';
import type { StackedQueries } from './onnx/graph-form.ts';
import type { MemoryShare } from './onnx/kv/kv-budget.ts';

/** All that an engine is built from: plain data, so that it can be built on another thread. */
export interface EngineConfig {
  readonly engine: 'onnx' | 'sim';
  /** A GGUF file or a Hugging Face folder; the sim engine reads none. */
  readonly modelPath: string;
  /** The name calls ask for; empty: the model's own. */
  readonly modelName: string;
  /** Folder for built graphs; the sim engine needs none. */
  readonly graphFolder: string;
  readonly threads: number;
  readonly precision: 'fast' | 'exact';
  /** What the onnx engine computes on; the CPU where left away. */
  readonly device?: Device;
  /** How the onnx engine's decode steps meet keys; `auto` where left away. */
  readonly stackedQueries?: StackedQueries;
  /** Whether the onnx engine drafts tokens, see `OnnxOptions`. */
  readonly promptLookup?: boolean;
  readonly maxBatch: number;
  /** 0: as much as `memory` leaves, 1,024 at most. */
  readonly kvMib: number;
  /** All that the engine may use; as much as there is where left away. */
  readonly memory?: MemoryShare;
  /** 0: the model's. */
  readonly contextTokens: number;
  /** Simulated seconds per second; 0: as fast as it goes. */
  readonly simSpeed: number;
}

/** Which model an engine serves. */
export interface ServedModel {
  readonly model: string;
  readonly modelDigest: ModelDigest;
  readonly tokenizerSpec: TokenizerSpec;
}

export interface EngineIdentity extends ServedModel {
  readonly tokenizerDigest: string;
}

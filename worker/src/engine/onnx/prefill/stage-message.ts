import type { ModelConfig } from '@helium/model';
import type { LayerRange } from '../graph/prefill-stages.ts';
import type { SessionOptions } from '../sessions.ts';
import type { StageInput, StageOutput } from './prefill-stage.ts';

/** What a stage's thread opens. */
export interface StageGraph {
  /** The graph's file. */
  readonly path: string;
  readonly config: ModelConfig;
  readonly range: LayerRange;
  readonly options: SessionOptions;
}

/** To the thread: first `open`. Answers come in the order of the requests. */
export type StageRequest =
  | { readonly kind: 'open'; readonly graph: StageGraph }
  | { readonly kind: 'run'; readonly input: StageInput }
  | { readonly kind: 'close' };

export type StageReply =
  | { readonly kind: 'ready' }
  /** The graph cannot be opened; nothing follows. */
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'done'; readonly output: StageOutput }
  | { readonly kind: 'failed'; readonly message: string };

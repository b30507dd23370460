import type { Sequence } from './sequence.ts';
import type { PrefillChunk } from './step-executor.ts';

/** A chunk of a call's prompt in a step. */
export interface PlannedChunk {
  readonly sequence: Sequence;
  readonly chunk: PrefillChunk;
}

/** A step that was planned and has not been applied. */
export interface PlannedStep {
  readonly calls: readonly PlannedChunk[];
  readonly prefetch: readonly PrefillChunk[];
  readonly decode: readonly Sequence[];
}

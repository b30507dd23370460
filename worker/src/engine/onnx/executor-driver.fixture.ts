import { GREEDY, type Sampling } from '@helium/shared';
import type {
  BlockIndex,
  ExecutorLimits,
  PrefillChunk,
  SequenceSlot,
  StepExecutor,
  StepPlan,
} from '../../batching/step-executor.ts';

/** A call to drive through an executor by hand. */
export interface DrivenCall {
  readonly prompt: readonly number[];
  readonly outputTokens: number;
  readonly sampling?: Sampling;
  /** The step in which its prefill begins. */
  readonly arrival?: number;
  /** Blocks that hold the prompt's beginning. */
  readonly prefix?: readonly BlockIndex[];
  /** The blocks that keep the prompt's beginning, behind `prefix`. */
  readonly storeAs?: readonly BlockIndex[];
  /** Tokens of its chunks, over and over; the executor's own size where left away. */
  readonly chunkSizes?: readonly number[];
}

const IDLE_STEP: StepPlan = {
  releaseSequences: [],
  releaseBlocks: [],
  begin: [],
  prefills: [],
  decode: [],
};

/** A step that does nothing but what is given. */
export function stepPlan(parts: Partial<StepPlan>): StepPlan {
  return { ...IDLE_STEP, ...parts };
}

/** The chunks of a prompt behind what it reuses. */
export function chunksOf(
  slot: SequenceSlot,
  call: DrivenCall,
  { blockTokens, chunkTokens }: Pick<ExecutorLimits, 'blockTokens' | 'chunkTokens'>,
): readonly PrefillChunk[] {
  const chunks: PrefillChunk[] = [];
  const { prompt, prefix = [], storeAs = [], chunkSizes = [chunkTokens] } = call;
  const reused = prefix.length * blockTokens;
  for (let start = reused; start < prompt.length; ) {
    const size = chunkSizes[chunks.length % chunkSizes.length]!;
    const end = Math.min(start + size, prompt.length);
    const first = (start - reused) / blockTokens;
    chunks.push({
      slot,
      start,
      tokens: Int32Array.from(prompt.slice(start, end)),
      storeAs: storeAs.slice(first, first + Math.floor((end - start) / blockTokens)),
      last: end === prompt.length,
    });
    start = end;
  }
  return chunks;
}

/**
 * Runs calls to their ends, each in the slot of its number: one chunk of prefill a step for every call
 * that has one left, all others decoding together. Returns each call's tokens.
 */
export async function driveCalls(
  executor: StepExecutor,
  calls: readonly DrivenCall[],
): Promise<number[][]> {
  const waiting = calls.map((call, slot) => [...chunksOf(slot, call, executor.limits)]);
  const outputs = calls.map((): number[] => []);
  const begun = new Set<SequenceSlot>();
  let ended: SequenceSlot[] = [];
  const slots = calls.map((_, slot) => slot);
  const isDone = (slot: SequenceSlot) => outputs[slot]!.length === calls[slot]!.outputTokens;
  for (let step = 0; !slots.every(isDone); step++) {
    const arriving = slots.filter(
      (slot) => !begun.has(slot) && step >= (calls[slot]!.arrival ?? 0),
    );
    for (const slot of arriving) begun.add(slot);
    const prefilling = slots.filter((slot) => begun.has(slot) && waiting[slot]!.length > 0);
    const output = await executor.step({
      releaseSequences: ended,
      releaseBlocks: [],
      begin: arriving.map((slot) => ({
        slot,
        blocks: calls[slot]!.prefix ?? [],
        sampling: calls[slot]!.sampling ?? GREEDY,
        tokensMax: calls[slot]!.prompt.length + calls[slot]!.outputTokens,
        prompt: Int32Array.from(calls[slot]!.prompt),
      })),
      prefills: prefilling.map((slot) => waiting[slot]!.shift()!),
      decode: slots.filter((slot) => outputs[slot]!.length > 0 && !isDone(slot)),
    });
    for (const [slot, token] of output.tokens) {
      const further = output.further?.get(slot) ?? [];
      outputs[slot]!.push(token, ...further.map((sampled) => sampled.token));
    }
    ended = [...output.tokens.keys()].filter(isDone);
  }
  await executor.step(stepPlan({ releaseSequences: ended }));
  return outputs;
}

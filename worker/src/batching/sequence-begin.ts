import type { Sequence } from './sequence.ts';
import type { BlockIndex, SequenceBegin, SequenceSlot } from './step-executor.ts';

/** What the executor must know of a call that starts on top of these blocks. */
export function beginOf(
  { call, request, constraint }: Sequence,
  slot: SequenceSlot,
  blocks: readonly BlockIndex[],
): SequenceBegin {
  const { sampling, logprobs } = call;
  const { prompt, tokensMax } = request;
  return {
    slot,
    blocks,
    sampling,
    tokensMax,
    prompt,
    ...(constraint === undefined ? {} : { constraint }),
    ...(logprobs === undefined ? {} : { logprobs }),
  };
}

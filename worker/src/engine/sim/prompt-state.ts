/**
 * Stands for the KV of a token sequence: a 64-bit running hash of it. Like KV it is extended token
 * by token and says nothing but what came before, so wrong reuse of a block shows as another text.
 */
export interface PromptState {
  readonly high: number;
  readonly low: number;
}

export const EMPTY_STATE: PromptState = { high: 0x9e3779b9, low: 0x243f6a88 };

export function extendState(state: PromptState, tokens: Int32Array): PromptState {
  let { high, low } = state;
  for (const token of tokens) {
    high = mix(high ^ token) ^ low;
    low = mix(low + token + 1) ^ (high >>> 5);
  }
  return { high: high >>> 0, low: low >>> 0 };
}

/** The n-th number, below 2^32, of the stream that this state is the seed of. */
export function drawNumber({ high, low }: PromptState, n: number): number {
  return mix(mix(high + Math.imul(n, 0x9e3779b1)) ^ low ^ n) >>> 0;
}

/** MurmurHash3's finalizer: every bit of the input moves every bit of the output. */
function mix(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

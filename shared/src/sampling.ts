/**
 * How the next token is chosen. `temperature` 0 is greedy; the other fields then have no effect.
 * Deterministic (cacheable, mergeable) means greedy, or a seed is given.
 */
export interface Sampling {
  readonly temperature: number;
  /** 0 keeps all. */
  readonly topK: number;
  /** 1 keeps all. */
  readonly topP: number;
  readonly seed?: bigint;
}

export const GREEDY: Sampling = { temperature: 0, topK: 0, topP: 1 };

export function isDeterministic(sampling: Sampling): boolean {
  return sampling.temperature === 0 || sampling.seed !== undefined;
}

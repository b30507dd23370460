import type { Workloads } from '../src/engine/workloads.ts';

/** Tokens between the beginnings of two prompts: a prime, so that windows do not line up. */
const STRIDE = 89;

/**
 * Prompts of the published sizes as windows of a text, which is read in a circle. Each begins elsewhere, so
 * none shares a prefix with another unless the text repeats itself.
 */
export function cutWorkloads(text: Int32Array): Workloads {
  let windows = 0;
  const prompt = (tokens: number): number[] => {
    const start = STRIDE * windows++;
    return Array.from({ length: tokens }, (_, i) => text[(start + i) % text.length]!);
  };
  const prompts = (count: number, tokens: number) =>
    Array.from({ length: count }, () => prompt(tokens));
  return {
    prefill: prompt(1024),
    decode: prompts(32, 64),
    shared_prefix: prompt(512),
    shared_tail: prompts(16, 64),
    expert_system: prompts(6, 256),
    question: prompts(8, 128),
    summary_system: prompt(128),
  };
}

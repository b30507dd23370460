import type { TokenChance, TokenLogprob } from '@helium/shared';
import type { TokenDecoder } from '@helium/shared/tokenizer';
import type { SampledLogprob } from './step-executor.ts';

/** A sampled token and its alternatives with their texts, each decoded on its own. */
export function describeLogprob(
  token: number,
  sampled: SampledLogprob,
  createDecoder: (continues: boolean) => TokenDecoder,
): TokenLogprob {
  const describe = (id: number, logprob: number): TokenChance => {
    const decoder = createDecoder(true);
    return { token: id, text: decoder.push(id) + decoder.end(), logprob };
  };
  const top = sampled.top.map(({ token: id, logprob }) => describe(id, logprob));
  return { ...describe(token, sampled.logprob), top };
}

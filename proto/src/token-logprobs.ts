import type { TokenChance__Output } from './gen/helium/v1/TokenChance.ts';
import type { TokenLogprob, TokenLogprob__Output } from './gen/helium/v1/TokenLogprob.ts';

/** A token with its log probability. */
interface Chance {
  readonly token: number;
  readonly text: string;
  readonly logprob: number;
}

/** A generated token, and the likeliest at its place. */
interface Chances extends Chance {
  readonly top: readonly Chance[];
}

/** As the domain says it; the field is left away where nothing was told. */
export function decodeLogprobs(sent: readonly TokenLogprob__Output[]): { logprobs?: Chances[] } {
  if (sent.length === 0) return {};
  const chances = sent.map(({ chosen, top }) => {
    return { ...decodeChance(chosen), top: top.map(decodeChance) };
  });
  return { logprobs: chances };
}

/** As it travels; the field is left away where there is nothing to tell. */
export function encodeLogprobs(chances: readonly Chances[] | undefined): {
  logprobs?: TokenLogprob[];
} {
  if (chances === undefined) return {};
  const logprobs = chances.map(({ top, ...chosen }) => ({
    chosen,
    top: top.map((chance) => ({ ...chance })),
  }));
  return { logprobs };
}

function decodeChance(sent: TokenChance__Output | null): Chance {
  return { token: sent?.token ?? 0, text: sent?.text ?? '', logprob: Number(sent?.logprob ?? 0) };
}

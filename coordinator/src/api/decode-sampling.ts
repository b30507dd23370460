import type { wire } from '@helium/proto';
import { GREEDY, type Sampling } from '@helium/shared';

/** Unset is greedy; top_p 0 keeps all, as 1 does. Ranges are the plan's to check. */
export function decodeSampling(sent: wire.Sampling__Output | null): Sampling {
  if (sent === null) return GREEDY;
  const topP = Number(sent.topP);
  return {
    temperature: fromFloat(Number(sent.temperature)),
    topK: sent.topK,
    topP: topP === 0 ? 1 : fromFloat(topP),
    ...(sent._seed === 'seed' && sent.seed !== undefined ? { seed: BigInt(sent.seed) } : {}),
  };
}

/** The shortest decimal that is this float32: 0.7 as its author wrote it, not 0.699999988079071. */
function fromFloat(value: number): number {
  for (let digits = 1; digits <= 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
}

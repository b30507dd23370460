import type { wire } from '@helium/proto';
import { GREEDY, type Sampling } from '@helium/shared';
import type { DecodeFaults } from './decode-faults.ts';

/** Unset is greedy; top_p 0 keeps all, as 1 does. */
export function decodeSampling(
  sent: wire.Sampling__Output | null,
  field: string,
  faults: DecodeFaults,
): Sampling {
  if (sent === null) return GREEDY;
  const temperature = Number(sent.temperature);
  if (!(temperature >= 0 && temperature <= 2)) {
    faults.add(`${field}.temperature`, `${sent.temperature} is not from 0 to 2`);
  }
  const topP = Number(sent.topP);
  if (!(topP >= 0 && topP <= 1)) faults.add(`${field}.top_p`, `${sent.topP} is not from 0 to 1`);
  return {
    temperature: fromFloat(temperature),
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

import type { wire } from '@helium/proto';
import type { Sampling } from '@helium/shared';

/**
 * top_p 0 keeps all, as 1 does, and a repetition penalty of 0 changes nothing, as 1
 * does. What is at its default is left away. Ranges are the plan's to check.
 */
export function decodeSampling(sent: wire.Sampling__Output): Sampling {
  const topP = Number(sent.topP);
  const minP = fromFloat(Number(sent.minP));
  const repetitionPenalty = fromFloat(Number(sent.repetitionPenalty));
  const presencePenalty = fromFloat(Number(sent.presencePenalty));
  const frequencyPenalty = fromFloat(Number(sent.frequencyPenalty));
  return {
    temperature: fromFloat(Number(sent.temperature)),
    topK: sent.topK,
    topP: topP === 0 ? 1 : fromFloat(topP),
    ...(minP === 0 ? {} : { minP }),
    ...(repetitionPenalty === 0 || repetitionPenalty === 1 ? {} : { repetitionPenalty }),
    ...(presencePenalty === 0 ? {} : { presencePenalty }),
    ...(frequencyPenalty === 0 ? {} : { frequencyPenalty }),
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

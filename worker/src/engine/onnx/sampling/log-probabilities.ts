/** Natural logarithm of the sum of exponentials, without overflow. */
export function logSumExp(logits: Float64Array): number {
  let max = Number.NEGATIVE_INFINITY;
  for (const logit of logits) max = Math.max(max, logit);
  let total = 0;
  for (const logit of logits) total += Math.exp(logit - max);
  return max + Math.log(total);
}

/** Ids of the `count` greatest logits, greatest first, equal ones by id. O(logits + count²). */
export function likeliest(logits: Float64Array, count: number): number[] {
  const best: number[] = [];
  for (let id = 0; id < logits.length; id++) {
    const logit = logits[id]!;
    if (best.length === count && !(logit > logits[best[count - 1]!]!)) continue;
    let place = best.length;
    while (place > 0 && logit > logits[best[place - 1]!]!) place--;
    best.splice(place, 0, id);
    if (best.length > count) best.pop();
  }
  return best;
}

/** A seeded stream of numbers in [0, 1): same seed, same stream, everywhere. */
export type Prng = () => number;

/** SplitMix64 on two 32-bit halves would be slower; sfc32 passes PractRand and needs no BigInt. */
export function createPrng(seed: bigint | number): Prng {
  const wide = BigInt.asUintN(64, BigInt(seed));
  let a = Number(wide & 0xffffffffn) | 0;
  let b = Number(wide >> 32n) | 0;
  let c = 0x9e3779b9 | 0;
  let counter = 1;
  const next = () => {
    const t = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + t;
    return (t >>> 0) / 4294967296;
  };
  for (let i = 0; i < 12; i++) next();
  return next;
}

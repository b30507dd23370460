/** What a transform of one order computes with. */
export interface SpreadingTables {
  /** The order of the Hadamard part. */
  readonly power: number;
  /** The order of the Hartley part. */
  readonly odd: number;
  readonly scale: number;
  /** cos and sin of the turn × j × k / odd for j, k from 1 to half of odd. */
  readonly cosines: Float64Array;
  readonly sines: Float64Array;
}

/**
 * Hartley ⊗ Hadamard of any order, orthogonal and symmetric, so its own inverse: no entry is larger than
 * √2 / √order. The Hadamard part is as large as the order's power of two. Written for speed: building a
 * model's graphs puts all its weights through it.
 */
export class SpreadingTransform {
  readonly tables: SpreadingTables;
  /** Sums and differences of the elements j and odd - j. */
  private readonly sums: Float64Array;
  private readonly differences: Float64Array;

  constructor(order: number) {
    const power = order & -order;
    const odd = order / power;
    const half = odd >> 1;
    const angle = (i: number) => {
      const product = (Math.floor(i / half) + 1) * ((i % half) + 1);
      return (2 * Math.PI * (product % odd)) / odd;
    };
    this.tables = {
      power,
      odd,
      scale: 1 / Math.sqrt(order),
      cosines: Float64Array.from({ length: half * half }, (_, i) => Math.cos(angle(i))),
      sines: Float64Array.from({ length: half * half }, (_, i) => Math.sin(angle(i))),
    };
    this.sums = new Float64Array(half);
    this.differences = new Float64Array(half);
  }

  /** In place; `vector` has the order's length. */
  apply(vector: Float64Array): void {
    const { power, odd, scale } = this.tables;
    let half = 1;
    for (; half * 4 <= power; half *= 4) fourfold(vector, half);
    if (half < power) twofold(vector, half);
    if (odd > 1) for (let i = 0; i < power; i++) this.hartley(vector, i);
    for (let i = 0; i < vector.length; i++) vector[i]! *= scale;
  }

  /**
   * The elements `first`, `first` + power, …: out[k] = Σ (cos + sin)(2π j k / odd) in[j]. The cosine is
   * even in j and the sine odd, and both are so in k: a quarter of the products makes all outputs.
   */
  private hartley(vector: Float64Array, first: number): void {
    const { sums, differences } = this;
    const { power, odd, cosines, sines } = this.tables;
    const half = odd >> 1;
    const start = vector[first]!;
    let total = start;
    for (let j = 0; j < half; j++) {
      const a = vector[first + (j + 1) * power]!;
      const b = vector[first + (odd - 1 - j) * power]!;
      sums[j] = a + b;
      differences[j] = a - b;
      total += a + b;
    }
    vector[first] = total;
    for (let k = 0; k < half; k++) {
      let even = start;
      let uneven = 0;
      for (let j = 0; j < half; j++) {
        even += sums[j]! * cosines[k * half + j]!;
        uneven += differences[j]! * sines[k * half + j]!;
      }
      vector[first + (k + 1) * power] = even + uneven;
      vector[first + (odd - 1 - k) * power] = even - uneven;
    }
  }
}

/** Two steps of the Hadamard transform at once: halves the traffic to memory. */
function fourfold(vector: Float64Array, half: number): void {
  for (let start = 0; start < vector.length; start += 4 * half) {
    for (let i = start; i < start + half; i++) {
      const a = vector[i]!;
      const b = vector[i + half]!;
      const c = vector[i + 2 * half]!;
      const d = vector[i + 3 * half]!;
      const ab = a + b;
      const cd = c + d;
      const aMinusB = a - b;
      const cMinusD = c - d;
      vector[i] = ab + cd;
      vector[i + half] = aMinusB + cMinusD;
      vector[i + 2 * half] = ab - cd;
      vector[i + 3 * half] = aMinusB - cMinusD;
    }
  }
}

function twofold(vector: Float64Array, half: number): void {
  for (let start = 0; start < vector.length; start += 2 * half) {
    for (let i = start; i < start + half; i++) {
      const a = vector[i]!;
      const b = vector[i + half]!;
      vector[i] = a + b;
      vector[i + half] = a - b;
    }
  }
}

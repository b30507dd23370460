/** Value of a half-precision number by its 16 bits. */
export const HALF_VALUES: Float32Array = halfValues();

/** A plain loop: it runs once in every thread that reads a model, before anything else can. */
function halfValues(): Float32Array {
  const values = new Float32Array(65_536);
  const [sign, normal, special] = [0x8000, 1024, 0x7c00];
  for (let bits = 0; bits < special; bits++) {
    const exponent = bits >> 10;
    const mantissa = (bits & 1023) + (exponent === 0 ? 0 : normal);
    values[bits] = mantissa * 2 ** (Math.max(exponent, 1) - 25);
    values[sign | bits] = -values[bits]!;
  }
  values.fill(Number.NaN, special, sign).fill(Number.NaN, sign | special);
  values[special] = Number.POSITIVE_INFINITY;
  values[sign | special] = Number.NEGATIVE_INFINITY;
  return values;
}

/** The half-precision number at `at`, little-endian. */
export function readHalf(bytes: Uint8Array, at: number): number {
  return HALF_VALUES[bytes[at]! | (bytes[at + 1]! << 8)]!;
}

/** Turns stored bytes into `out.length` values. */
export type Decode = (bytes: Uint8Array, out: Float32Array) => void;

export const decodeF32: Decode = (bytes, out) => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let i = 0; i < out.length; i++) out[i] = view.getFloat32(4 * i, true);
};

export const decodeF16: Decode = (bytes, out) => {
  for (let i = 0; i < out.length; i++) out[i] = readHalf(bytes, 2 * i);
};

export const decodeBf16: Decode = (bytes, out) => {
  const bits = new Uint32Array(out.buffer, out.byteOffset, out.length);
  for (let i = 0; i < out.length; i++) {
    bits[i] = ((bytes[2 * i]! | (bytes[2 * i + 1]! << 8)) << 16) >>> 0;
  }
};

/** Index of the first value that is not finite, -1 if all are. Cost: one pass. */
export function findNonFinite(values: Float32Array): number {
  // Four sums, so that none has to wait for the one before.
  let [a, b, c, d] = [0, 0, 0, 0];
  const fours = values.length - (values.length % 4);
  for (let i = 0; i < fours; i += 4) {
    a += values[i]! * 0;
    b += values[i + 1]! * 0;
    c += values[i + 2]! * 0;
    d += values[i + 3]! * 0;
  }
  for (let i = fours; i < values.length; i++) a += values[i]! * 0;
  return a + b + c + d === 0 ? -1 : values.findIndex((value) => !Number.isFinite(value));
}

/** WebAssembly, by its specification's numbers: instructions behind the code of the values they take. */
export type Code = readonly number[];

/** Types of values. */
export const I32 = 0x7f;
export const V128 = 0x7b;

export const get = (local: number): Code => [0x20, local];
export const set = (local: number, value: Code): Code => [...value, 0x21, local];

/** A number from 0 on. */
export const i32 = (value: number): Code => [0x41, ...signed(value)];
export const addI32 = (a: Code, b: Code): Code => [...a, ...b, 0x6a];
export const subI32 = (a: Code, b: Code): Code => [...a, ...b, 0x6b];
export const shiftLeftI32 = (a: Code, bits: Code): Code => [...a, ...bits, 0x74];
const lessI32 = (a: Code, b: Code): Code => [...a, ...b, 0x49];

/** local += bytes. */
export const advance = (local: number, bytes: Code): Code => set(local, addI32(get(local), bytes));

const repeatIf = (body: Code, condition: Code): Code => [
  ...[0x03, 0x40],
  ...body,
  ...condition,
  ...[0x0d, 0, 0x0b],
];

/** The body, once and again while the address in `local` is below `end`: the body moves it on. */
export const loopTo = (local: number, end: Code, body: Code): Code =>
  repeatIf(body, lessI32(get(local), end));

/** The body as often as `local` says, 1 or more; it is 0 after that. */
export const loopTimes = (local: number, body: Code): Code =>
  repeatIf([...body, ...set(local, subI32(get(local), i32(1)))], get(local));

const simd = (code: number, ...operands: readonly number[]): Code => [
  0xfd,
  ...unsigned(code),
  ...operands,
];
/** Instructions that address memory: alignment as a power of two, and an offset in bytes from the address. */
const access = (code: number, alignment: number, offset: number, ...rest: readonly number[]) =>
  simd(code, alignment, ...unsigned(offset), ...rest);
const unary =
  (code: number) =>
  (a: Code): Code => [...a, ...simd(code)];
const binary =
  (code: number) =>
  (a: Code, b: Code): Code => [...a, ...b, ...simd(code)];

export const load128 = (at: Code, offset = 0): Code => [...at, ...access(0x00, 4, offset)];
/** One float64 in both lanes. */
export const load64Splat = (at: Code, offset = 0): Code => [...at, ...access(0x0a, 3, offset)];
/** The first 8 bytes, zeros behind them. */
export const load64Zero = (at: Code, offset = 0): Code => [...at, ...access(0x5d, 2, offset)];
/** The first 4 bytes, zeros behind them. */
export const load32Zero = (at: Code, offset = 0): Code => [...at, ...access(0x5c, 2, offset)];
/** `vector` with 4 bytes of memory in one of its lanes. */
export const load32Lane = (at: Code, vector: Code, lane: number): Code => [
  ...at,
  ...vector,
  ...access(0x56, 2, 0, lane),
];
export const store128 = (at: Code, vector: Code, offset = 0): Code => [
  ...at,
  ...vector,
  ...access(0x0b, 4, offset),
];
export const store32Lane = (at: Code, vector: Code, lane: number): Code => [
  ...at,
  ...vector,
  ...access(0x5a, 2, 0, lane),
];

export const ZEROS: Code = simd(0x0c, ...new Array<number>(16).fill(0));
/** A float64 in both lanes. */
export const f64x2 = (value: number): Code =>
  simd(0x0c, ...new Uint8Array(Float64Array.of(value, value).buffer));
/** Bytes of `a` (0 to 15) and `b` (16 to 31) by their numbers. */
export const shuffle = (a: Code, b: Code, bytes: readonly number[]): Code => [
  ...a,
  ...b,
  ...simd(0x0d, ...bytes),
];

/** The first two float32 as float64, and back, with zeros behind them. */
export const promote = unary(0x5f);
export const demote = unary(0x5e);
export const f64x2Add = binary(0xf0);
export const f64x2Sub = binary(0xf1);
export const f64x2Mul = binary(0xf2);
export const f64x2Ceil = unary(0x74);
/** All bits of a lane where a > b. */
export const f64x2Greater = binary(0x4a);
export const v128And = binary(0x4e);
export const f32x4Abs = unary(0xe0);
/** The larger of two that are numbers, lane by lane. */
export const f32x4Max = binary(0xeb);
/** Two float64 towards zero, zeros behind them. */
export const truncateToI32x4 = unary(0xfc);
/** Lanes of a, then of b, in half the bits; the largest and smallest for what does not fit. */
export const narrowToI16x8 = binary(0x85);
export const narrowToI8x16 = binary(0x65);

/** LEB128. */
export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return [...bytes, rest];
}

/** LEB128 of a number from 0 on, whose sign bit must be clear. */
function signed(value: number): number[] {
  const bytes = unsigned(value);
  if (bytes.at(-1)! < 0x40) return bytes;
  bytes.push(0);
  bytes[bytes.length - 2]! |= 0x80;
  return bytes;
}

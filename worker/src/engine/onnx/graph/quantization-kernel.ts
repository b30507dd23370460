import {
  addI32,
  advance,
  type Code,
  f32x4Abs,
  f32x4Max,
  f64x2,
  f64x2Ceil,
  f64x2Greater,
  f64x2Mul,
  f64x2Sub,
  get,
  i32,
  load64Splat,
  load64Zero,
  load128,
  loopTimes,
  loopTo,
  narrowToI8x16,
  narrowToI16x8,
  promote,
  set,
  shuffle,
  store128,
  subI32,
  truncateToI32x4,
  v128And,
  ZEROS,
} from '../wasm/instructions.ts';
import { compileKernels, type Kernel, type KernelMemory } from '../wasm/kernel.ts';

/** Rows and columns of the squares that are rounded and transposed together. */
export const SQUARE = 16;

const FLOAT32 = Float32Array.BYTES_PER_ELEMENT;
const FLOAT64 = Float64Array.BYTES_PER_ELEMENT;

/** Addresses are multiples of 16, strides and counts 1 or more. */
export interface QuantizationKernels {
  /**
   * largest(rows, rowEnd, out, count): of `count` rows of float32 that follow each other, the first from `rows` to
   * `rowEnd`, whole vectors, the largest sizes by fours: the largest of out[4 i] to out[4 i + 3] is row i's.
   */
  readonly largest: Kernel;
  /**
   * quantize(rows, rowBytes, inverses, out, outBytes, squares): SQUARE rows of float32 by so many squares of
   * columns, each row times its float64 of `inverses`, rounded to int8 as Math.round does, transposed: `out` has
   * SQUARE bytes for each column, `outBytes` apart. What a byte cannot hold becomes the largest or smallest.
   */
  readonly quantize: Kernel;
}

/** Over a memory whose first 256 bytes are theirs. */
export function quantizationKernels(memory: KernelMemory): QuantizationKernels {
  return compileKernels(memory, { largest: LARGEST, quantize: QUANTIZE });
}

/** Where a square lies between rounding and transposing. */
export const SQUARE_BYTES = SQUARE * SQUARE;

const count = (length: number, make: (index: number) => Code): Code =>
  Array.from({ length }, (_, index) => make(index)).flat();

const LARGEST = (() => {
  const [ROW, ROW_END, OUT, COUNT, LENGTH, MAX] = [0, 1, 2, 3, 4, 5];
  const vector = [
    ...set(MAX, f32x4Max(get(MAX), f32x4Abs(load128(get(ROW))))),
    ...advance(ROW, i32(16)),
  ];
  const row = [
    ...set(MAX, ZEROS),
    ...loopTo(ROW, get(ROW_END), vector),
    ...store128(get(OUT), get(MAX)),
    ...advance(OUT, i32(16)),
    ...advance(ROW_END, get(LENGTH)),
  ];
  const body = [
    // ROW_END - ROW, kept as what each row's end is moved on by.
    ...set(LENGTH, subI32(get(ROW_END), get(ROW))),
    ...loopTimes(COUNT, row),
  ];
  return { parameters: 4, integers: 1, vectors: 1, body };
})();

const QUANTIZE = (() => {
  const [ROWS, ROW_BYTES, INVERSES, OUT, OUT_BYTES, SQUARES] = [0, 1, 2, 3, 4, 5];
  const [ROW, FACTOR, TO] = [6, 7, 8];
  const [INVERSE, VALUE, CEILING] = [9, 10, 11];
  /** The square on its way through the transposition, and what each step makes of it. */
  const [LINES, NEXT] = [12, 12 + SQUARE];

  /** Math.round of two floats, as integers: the integer above, or the one below where that is nearer. */
  const rounded = (offset: number): Code => [
    ...set(VALUE, f64x2Mul(promote(load64Zero(get(ROW), offset)), get(INVERSE))),
    ...set(CEILING, f64x2Ceil(get(VALUE))),
    ...truncateToI32x4(
      f64x2Sub(
        get(CEILING),
        v128And(f64x2Greater(f64x2Sub(get(CEILING), f64x2(0.5)), get(VALUE)), f64x2(1)),
      ),
    ),
  ];
  const lowHalves = bytesOf(0, 8, 16, 8);
  const four = (offset: number) =>
    shuffle(rounded(offset), rounded(offset + 2 * FLOAT32), lowHalves);
  const eight = (offset: number) => narrowToI16x8(four(offset), four(offset + 4 * FLOAT32));
  const row = [
    ...set(INVERSE, load64Splat(get(FACTOR))),
    ...store128(get(TO), narrowToI8x16(eight(0), eight(8 * FLOAT32))),
    ...advance(ROW, get(ROW_BYTES)),
    ...advance(FACTOR, i32(FLOAT64)),
    ...advance(TO, i32(SQUARE)),
  ];
  /** Each step interleaves line i with line i + 8; after four, bytes have changed places with lines. */
  const interleave = (from: number, to: number): Code =>
    count(SQUARE / 2, (line) => {
      const pair = [get(from + line), get(from + line + SQUARE / 2)] as const;
      return [
        ...set(to + 2 * line, shuffle(...pair, interleaved(0))),
        ...set(to + 2 * line + 1, shuffle(...pair, interleaved(SQUARE / 2))),
      ];
    });
  const square = [
    ...set(ROW, get(ROWS)),
    ...set(FACTOR, get(INVERSES)),
    ...set(TO, i32(0)),
    ...loopTo(TO, i32(SQUARE_BYTES), row),
    ...count(SQUARE, (line) => set(LINES + line, load128(i32(line * SQUARE)))),
    ...interleave(LINES, NEXT),
    ...interleave(NEXT, LINES),
    ...interleave(LINES, NEXT),
    ...interleave(NEXT, LINES),
    ...count(SQUARE, (line) => [
      ...store128(get(OUT), get(LINES + line)),
      ...set(OUT, addI32(get(OUT), get(OUT_BYTES))),
    ]),
    ...advance(ROWS, i32(SQUARE * FLOAT32)),
  ];
  const body = loopTimes(SQUARES, square);
  return { parameters: 6, integers: 3, vectors: 3 + 2 * SQUARE, body };
})();

/** Two runs of bytes, by their first ones and lengths. */
function bytesOf(first: number, count: number, second: number, secondCount: number): number[] {
  const run = (start: number, length: number) => Array.from({ length }, (_, i) => start + i);
  return [...run(first, count), ...run(second, secondCount)];
}

/** A byte of one vector, a byte of the other, from byte `first` of each on. */
function interleaved(first: number): number[] {
  return Array.from({ length: SQUARE }, (_, i) => first + (i >> 1) + (i & 1) * 16);
}

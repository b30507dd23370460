import {
  addI32,
  advance,
  type Code,
  f64x2Add,
  f64x2Mul,
  get,
  i32,
  load64Splat,
  load64Zero,
  loopTimes,
  loopTo,
  promote,
  set,
  shiftLeftI32,
  store128,
  ZEROS,
} from '../wasm/instructions.ts';
import { compileKernels, type Kernel, type KernelMemory } from '../wasm/kernel.ts';

/** Rows that lie element by element beside each other, and whose sums are made at once. */
export const ROW_GROUP = 8;

const [HEAD, STATE, OUT, GROUPS, WIDTH, AT, END, VALUE, SUMS] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
/** Float64 lanes of a vector, and vectors of sums. */
const LANES = 2;
const VECTORS = ROW_GROUP / LANES;
const FLOAT32 = Float32Array.BYTES_PER_ELEMENT;
const FLOAT64 = Float64Array.BYTES_PER_ELEMENT;

/**
 * Products of float32 rows with a float64 vector: kernel(head, state, out, groups, width), where head is
 * [groups, width, ROW_GROUP] float32, state [width] float64, out [groups × ROW_GROUP] float64; all three are byte
 * addresses in the memory, multiples of 16. groups and width are 1 or more. Each sum is made in its row's order with
 * a product and an addition, each rounded, as JavaScript makes it: lanes are rows, so the bits are the same.
 */
export function headKernel(memory: KernelMemory): Kernel {
  const parameters = 5;
  const code = { parameters, integers: 2, vectors: 1 + VECTORS, body };
  return compileKernels(memory, { products: code }).products;
}

const eachVector = (make: (vector: number) => Code) =>
  Array.from({ length: VECTORS }, (_, vector) => make(vector)).flat();

/** sums += value × the next element of each row. */
const element = [
  ...set(VALUE, load64Splat(get(AT))),
  ...eachVector((vector) => {
    const row = promote(load64Zero(get(HEAD), vector * LANES * FLOAT32));
    return set(SUMS + vector, f64x2Add(get(SUMS + vector), f64x2Mul(get(VALUE), row)));
  }),
  ...advance(HEAD, i32(ROW_GROUP * FLOAT32)),
  ...advance(AT, i32(FLOAT64)),
];

const group = [
  ...eachVector((vector) => set(SUMS + vector, ZEROS)),
  ...set(AT, get(STATE)),
  ...loopTo(AT, get(END), element),
  ...eachVector((vector) => store128(get(OUT), get(SUMS + vector), vector * 16)),
  ...advance(OUT, i32(ROW_GROUP * FLOAT64)),
];

const body = [
  ...set(END, addI32(get(STATE), shiftLeftI32(get(WIDTH), i32(3)))),
  ...loopTimes(GROUPS, group),
];

import {
  addI32,
  advance,
  type Code,
  demote,
  f64x2,
  f64x2Add,
  f64x2Mul,
  f64x2Sub,
  get,
  i32,
  load32Lane,
  load32Zero,
  load64Splat,
  load128,
  loopTimes,
  loopTo,
  promote,
  set,
  store32Lane,
  store128,
  subI32,
} from '../../wasm/instructions.ts';
import { compileKernels, type Kernel, type KernelMemory, kernelMemory } from '../../wasm/kernel.ts';
import type { SpreadingTables } from './spreading-transform.ts';

/** Vectors turned at once, two in each of the processor's. */
export const KERNEL_LANES = 4;
const PAIRS = KERNEL_LANES / 2;

const FLOAT64 = Float64Array.BYTES_PER_ELEMENT;
/** Bytes of one element of all vectors on the way. */
const STEP = KERNEL_LANES * FLOAT64;

/** A kernel and where in its memory it takes what it turns: `bytes` of room at `at`. */
export interface RotationKernel {
  readonly memory: KernelMemory;
  readonly at: number;
  /**
   * turn(at, laneStep, elementStep, groupStep, groups): groups of KERNEL_LANES vectors of float32, in place. Steps in
   * bytes: from one vector's element to the next one's, to its next element, to the next group.
   */
  readonly turn: Kernel;
}

/**
 * The operations of Rotation.rotate on several vectors side by side: each is made of the same ones in the same
 * order, each rounded, so the bits are the same.
 */
export function rotationKernel(
  signs: Float64Array,
  tables: SpreadingTables,
  bytes: number,
): RotationKernel {
  const places = placesOf(tables);
  const memory = kernelMemory(places.rows + bytes);
  const write = (at: number, values: Float64Array) =>
    new Float64Array(memory.buffer, at, values.length).set(values);
  write(places.signs, signs);
  write(places.cosines, tables.cosines);
  write(places.sines, tables.sines);
  const body = bodyOf(tables, places);
  const code = { parameters: 5, integers: LOCALS - 5, vectors: TOTALS_END - LOCALS, body };
  return { memory, at: places.rows, turn: compileKernels(memory, { turn: code }).turn };
}

/** Byte addresses. */
interface Places {
  readonly vectors: number;
  readonly signs: number;
  readonly cosines: number;
  readonly sines: number;
  readonly sums: number;
  readonly differences: number;
  readonly rows: number;
}

function placesOf({ power, odd, cosines }: SpreadingTables): Places {
  const half = odd >> 1;
  const signs = power * odd * STEP;
  const cosinesAt = signs + power * odd * FLOAT64;
  const sines = cosinesAt + cosines.length * FLOAT64;
  const sums = Math.ceil((sines + cosines.length * FLOAT64) / STEP) * STEP;
  const differences = sums + half * STEP;
  const rows = Math.ceil((differences + half * STEP) / 64) * 64;
  return { vectors: 0, signs, cosines: cosinesAt, sines, sums, differences, rows };
}

// Parameters and locals. LANE are the addresses of each vector's element.
const [AT, LANE_STEP, ELEMENT_STEP, GROUP_STEP, GROUPS, LANE] = [0, 1, 2, 3, 4, 5];
const [VECTOR, TABLE, END, NEAR, FAR, OTHER, COUNT] = [9, 10, 11, 12, 13, 14, 15];
const LOCALS = 16;
const [A, B, C, D, E, F] = [16, 17, 18, 19, 20, 21];
const STARTS = 22;
const TOTALS = STARTS + PAIRS;
const UNEVEN = TOTALS + PAIRS;
const TOTALS_END = UNEVEN + PAIRS;

const count = (length: number, make: (index: number) => Code): Code =>
  Array.from({ length }, (_, index) => make(index)).flat();
const eachLane = (make: (lane: number) => Code) => count(KERNEL_LANES, make);
const eachPair = (make: (pair: number, offset: number) => Code) =>
  count(PAIRS, (pair) => make(pair, pair * 16));

function bodyOf({ power, odd, scale }: SpreadingTables, places: Places): Code {
  const end = i32(places.vectors + power * odd * STEP);
  const group = [
    ...enter(places, end),
    ...hadamard(power, places, end),
    ...(odd > 1 ? hartley(power, odd, places) : []),
    ...leave(scale, places, end),
    ...advance(AT, get(GROUP_STEP)),
  ];
  return loopTimes(GROUPS, group);
}

const toLanes = eachLane((lane) =>
  set(LANE + lane, lane === 0 ? get(AT) : addI32(get(LANE + lane - 1), get(LANE_STEP))),
);
const nextElement = eachLane((lane) => advance(LANE + lane, get(ELEMENT_STEP)));

/** vectors = each element × its sign. */
function enter({ vectors, signs }: Places, end: Code): Code {
  const element = [
    ...eachPair((pair, offset) => {
      const first = load32Zero(get(LANE + 2 * pair));
      const both = promote(load32Lane(get(LANE + 2 * pair + 1), first, 1));
      return store128(get(VECTOR), f64x2Mul(both, load64Splat(get(TABLE))), offset);
    }),
    ...nextElement,
    ...advance(TABLE, i32(FLOAT64)),
    ...advance(VECTOR, i32(STEP)),
  ];
  const start = [...toLanes, ...set(TABLE, i32(signs)), ...set(VECTOR, i32(vectors))];
  return [...start, ...loopTo(VECTOR, end, element)];
}

/** Each element = vectors × scale. */
function leave(scale: number, { vectors }: Places, end: Code): Code {
  const element = [
    ...eachPair((pair, offset) => [
      ...set(A, demote(f64x2Mul(load128(get(VECTOR), offset), f64x2(scale)))),
      ...store32Lane(get(LANE + 2 * pair), get(A), 0),
      ...store32Lane(get(LANE + 2 * pair + 1), get(A), 1),
    ]),
    ...nextElement,
    ...advance(VECTOR, i32(STEP)),
  ];
  return [...toLanes, ...set(VECTOR, i32(vectors)), ...loopTo(VECTOR, end, element)];
}

/** SpreadingTransform's fourfold and twofold. */
function hadamard(power: number, { vectors }: Places, end: Code): Code {
  const pass = (width: number, half: number, butterfly: Code): Code => {
    const inner = [...butterfly, ...advance(VECTOR, i32(STEP))];
    const block = [
      ...set(END, addI32(get(VECTOR), i32(half * STEP))),
      ...loopTo(VECTOR, get(END), inner),
      ...advance(VECTOR, i32((width - 1) * half * STEP)),
    ];
    return [...set(VECTOR, i32(vectors)), ...loopTo(VECTOR, end, block)];
  };
  const passes: Code[] = [];
  let half = 1;
  for (; half * 4 <= power; half *= 4) passes.push(pass(4, half, fourfold(half * STEP)));
  if (half < power) passes.push(pass(2, half, twofold(half * STEP)));
  return passes.flat();
}

const fourfold = (apart: number): Code =>
  eachPair((_, offset) => {
    const at = (index: number) => offset + index * apart;
    return [
      ...set(A, load128(get(VECTOR), at(0))),
      ...set(B, load128(get(VECTOR), at(1))),
      ...set(C, load128(get(VECTOR), at(2))),
      ...set(D, load128(get(VECTOR), at(3))),
      ...set(E, f64x2Add(get(A), get(B))),
      ...set(F, f64x2Add(get(C), get(D))),
      ...set(A, f64x2Sub(get(A), get(B))),
      ...set(C, f64x2Sub(get(C), get(D))),
      ...store128(get(VECTOR), f64x2Add(get(E), get(F)), at(0)),
      ...store128(get(VECTOR), f64x2Add(get(A), get(C)), at(1)),
      ...store128(get(VECTOR), f64x2Sub(get(E), get(F)), at(2)),
      ...store128(get(VECTOR), f64x2Sub(get(A), get(C)), at(3)),
    ];
  });

const twofold = (apart: number): Code =>
  eachPair((_, offset) => [
    ...set(A, load128(get(VECTOR), offset)),
    ...set(B, load128(get(VECTOR), offset + apart)),
    ...store128(get(VECTOR), f64x2Add(get(A), get(B)), offset),
    ...store128(get(VECTOR), f64x2Sub(get(A), get(B)), offset + apart),
  ]);

/** SpreadingTransform's hartley, of every element below `power`. */
function hartley(power: number, odd: number, places: Places): Code {
  const { vectors, cosines, sines, sums, differences } = places;
  const half = odd >> 1;
  const apart = power * STEP;
  const toEnds = [
    ...set(NEAR, addI32(get(VECTOR), i32(apart))),
    ...set(FAR, addI32(get(VECTOR), i32((odd - 1) * apart))),
  ];
  const nextEnds = [...advance(NEAR, i32(apart)), ...set(FAR, subI32(get(FAR), i32(apart)))];
  const fold = [
    ...eachPair((pair, offset) => [
      ...set(A, load128(get(NEAR), offset)),
      ...set(B, load128(get(FAR), offset)),
      ...set(C, f64x2Add(get(A), get(B))),
      ...store128(get(OTHER), get(C), offset),
      ...store128(get(OTHER), f64x2Sub(get(A), get(B)), offset + differences - sums),
      ...set(TOTALS + pair, f64x2Add(get(TOTALS + pair), get(C))),
    ]),
    ...nextEnds,
    ...advance(OTHER, i32(STEP)),
  ];
  const term = [
    ...set(E, load64Splat(get(TABLE))),
    ...set(F, load64Splat(get(TABLE), sines - cosines)),
    ...eachPair((pair, offset) => {
      const even = f64x2Mul(load128(get(OTHER), offset), get(E));
      const uneven = f64x2Mul(load128(get(OTHER), offset + differences - sums), get(F));
      return [
        ...set(TOTALS + pair, f64x2Add(get(TOTALS + pair), even)),
        ...set(UNEVEN + pair, f64x2Add(get(UNEVEN + pair), uneven)),
      ];
    }),
    ...advance(TABLE, i32(FLOAT64)),
    ...advance(OTHER, i32(STEP)),
  ];
  const output = [
    ...eachPair((pair) => [
      ...set(TOTALS + pair, get(STARTS + pair)),
      ...set(UNEVEN + pair, f64x2(0)),
    ]),
    ...set(OTHER, i32(sums)),
    ...loopTo(OTHER, i32(differences), term),
    ...eachPair((pair, offset) => [
      ...store128(get(NEAR), f64x2Add(get(TOTALS + pair), get(UNEVEN + pair)), offset),
      ...store128(get(FAR), f64x2Sub(get(TOTALS + pair), get(UNEVEN + pair)), offset),
    ]),
    ...nextEnds,
  ];
  const element = [
    ...eachPair((pair, offset) => [
      ...set(STARTS + pair, load128(get(VECTOR), offset)),
      ...set(TOTALS + pair, get(STARTS + pair)),
    ]),
    ...toEnds,
    ...set(OTHER, i32(sums)),
    ...loopTo(OTHER, i32(differences), fold),
    ...eachPair((pair, offset) => store128(get(VECTOR), get(TOTALS + pair), offset)),
    ...toEnds,
    ...set(TABLE, i32(cosines)),
    ...set(COUNT, i32(half)),
    ...loopTimes(COUNT, output),
    ...advance(VECTOR, i32(STEP)),
  ];
  return [...set(VECTOR, i32(vectors)), ...loopTo(VECTOR, i32(vectors + apart), element)];
}

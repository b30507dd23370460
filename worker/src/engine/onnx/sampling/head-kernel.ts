/** Rows that lie element by element beside each other, and whose sums are made at once. */
export const ROW_GROUP = 8;

/**
 * Products of float32 rows with a float64 vector: `head` is [groups, width, ROW_GROUP] float32, `state` [width]
 * float64, `out` [groups × ROW_GROUP] float64; all three are byte addresses in the kernel's memory,
 * multiples of 16. `groups` and `width` are 1 or more.
 */
export type HeadKernel = (
  head: number,
  state: number,
  out: number,
  groups: number,
  width: number,
) => void;

/** Memory that a kernel computes in. */
export interface KernelMemory {
  readonly buffer: ArrayBuffer;
}

/** What is used of it: Node has it, the types of Node do not. */
declare const WebAssembly: {
  Memory: new (size: { readonly initial: number }) => KernelMemory;
  Module: new (bytes: Uint8Array) => object;
  Instance: new (
    module: object,
    imports: { readonly env: { readonly memory: KernelMemory } },
  ) => { readonly exports: { readonly products: HeadKernel } };
};

const PAGE_BYTES = 65_536;

/** At least `bytes`, zeros; below 4 GiB. */
export function kernelMemory(bytes: number): KernelMemory {
  return new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE_BYTES) });
}

/**
 * The kernel over a memory. Each sum is made in its row's order with a product and an addition, each rounded, as
 * JavaScript makes it: lanes are rows, so the bits are the same.
 */
export function headKernel(memory: KernelMemory): HeadKernel {
  const module = new WebAssembly.Module(moduleBytes());
  return new WebAssembly.Instance(module, { env: { memory } }).exports.products;
}

// What follows is the module, instruction by instruction, as the WebAssembly specification numbers them.

const [HEAD, STATE, OUT, GROUPS, WIDTH, AT, END, VALUE, SUMS] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
/** Float64 lanes of a vector, and vectors of sums. */
const LANES = 2;
const VECTORS = ROW_GROUP / LANES;

const I32 = 0x7f;
const V128 = 0x7b;

const get = (local: number) => [0x20, local];
const set = (local: number) => [0x21, local];
const i32 = (value: number) => [0x41, ...signed(value)];
const I32_ADD = [0x6a];
const I32_SUB = [0x6b];
const I32_SHL = [0x74];
const I32_LT_U = [0x49];
const loop = (body: number[]) => [0x03, 0x40, ...body, 0x0d, 0, 0x0b];
const simd = (code: number, ...operands: number[]) => [0xfd, ...unsigned(code), ...operands];
const ZEROS = simd(0x0c, ...new Array<number>(16).fill(0));
const loadSplat64 = (offset: number) => simd(0x0a, 3, ...unsigned(offset));
const loadZero64 = (offset: number) => simd(0x5d, 3, ...unsigned(offset));
const store128 = (offset: number) => simd(0x0b, 4, ...unsigned(offset));
const PROMOTE = simd(0x5f);
const F64X2_ADD = simd(0xf0);
const F64X2_MUL = simd(0xf2);

const advance = (local: number, bytes: number) => [
  ...get(local),
  ...i32(bytes),
  ...I32_ADD,
  ...set(local),
];

const vectors = (make: (vector: number) => number[]) =>
  Array.from({ length: VECTORS }, (_, vector) => make(vector)).flat();

/** sums += value × the next element of each row. */
const element = [
  ...get(AT),
  ...loadSplat64(0),
  ...set(VALUE),
  ...vectors((vector) => [
    ...get(SUMS + vector),
    ...get(VALUE),
    ...get(HEAD),
    ...loadZero64(vector * LANES * Float32Array.BYTES_PER_ELEMENT),
    ...PROMOTE,
    ...F64X2_MUL,
    ...F64X2_ADD,
    ...set(SUMS + vector),
  ]),
  ...advance(HEAD, ROW_GROUP * Float32Array.BYTES_PER_ELEMENT),
  ...advance(AT, Float64Array.BYTES_PER_ELEMENT),
  ...[...get(AT), ...get(END), ...I32_LT_U],
];

const group = [
  ...vectors((vector) => [...ZEROS, ...set(SUMS + vector)]),
  ...get(STATE),
  ...set(AT),
  ...loop(element),
  ...vectors((vector) => [...get(OUT), ...get(SUMS + vector), ...store128(vector * 16)]),
  ...advance(OUT, ROW_GROUP * Float64Array.BYTES_PER_ELEMENT),
  ...[...get(GROUPS), ...i32(1), ...I32_SUB, ...set(GROUPS)],
  ...get(GROUPS),
];

const body = [
  ...[...get(STATE), ...get(WIDTH), ...i32(3), ...I32_SHL, ...I32_ADD, ...set(END)],
  ...loop(group),
  0x0b,
];

function moduleBytes(): Uint8Array<ArrayBuffer> {
  const locals = [2, ...[2, I32], ...[1 + VECTORS, V128]];
  const code = [...locals, ...body];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 5, I32, I32, I32, I32, I32, 0]),
    ...section(2, [1, ...text('env'), ...text('memory'), 2, 0, 0]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...text('products'), 0, 0]),
    ...section(10, [1, ...unsigned(code.length), ...code]),
  ]);
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...unsigned(content.length), ...content];
}

function text(value: string): number[] {
  const bytes = new TextEncoder().encode(value);
  return [bytes.length, ...bytes];
}

/** LEB128. */
function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

/** LEB128 of a number from 0 on, whose sign bit must be clear. */
function signed(value: number): number[] {
  return value < 0x40 ? [value] : [(value & 0x7f) | 0x80, ...signed(value >>> 7)];
}

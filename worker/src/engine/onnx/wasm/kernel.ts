import { type Code, I32, unsigned, V128 } from './instructions.ts';

/** Memory that kernels compute in. */
export interface KernelMemory {
  /** Another one after `grow`. */
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/** A function of 32-bit integers without a result. Locals are the parameters, `integers`, then `vectors`. */
export interface KernelCode {
  readonly parameters: number;
  /** Locals of 32 bits. */
  readonly integers: number;
  /** Locals of 128 bits. */
  readonly vectors: number;
  readonly body: Code;
}

export type Kernel = (...parameters: readonly number[]) => void;

/** What is used of it: Node has it, the types of Node do not. */
declare const WebAssembly: {
  Memory: new (size: { readonly initial: number }) => KernelMemory;
  Module: new (bytes: Uint8Array) => object;
  Instance: new (
    module: object,
    imports: { readonly env: { readonly memory: KernelMemory } },
  ) => { readonly exports: Readonly<Record<string, Kernel>> };
};

const PAGE_BYTES = 65_536;

/** At least `bytes`, zeros; below 4 GiB. */
export function kernelMemory(bytes: number): KernelMemory {
  return new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE_BYTES) });
}

/** Makes a memory larger where it has less than `bytes`. */
export function growMemory(memory: KernelMemory, bytes: number): void {
  const missing = bytes - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES));
}

/** Functions over a memory, by their names. */
export function compileKernels<Name extends string>(
  memory: KernelMemory,
  kernels: Readonly<Record<Name, KernelCode>>,
): Readonly<Record<Name, Kernel>> {
  const module = new WebAssembly.Module(moduleBytes(kernels));
  return new WebAssembly.Instance(module, { env: { memory } }).exports;
}

function moduleBytes(kernels: Readonly<Record<string, KernelCode>>): Uint8Array {
  const all = Object.values(kernels);
  const names = Object.keys(kernels);
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(
      1,
      all.map(({ parameters }) => [0x60, parameters, ...Array(parameters).fill(I32), 0]),
    ),
    ...section(2, [[...text('env'), ...text('memory'), 2, 0, 0]]),
    ...section(
      3,
      all.map((_, index) => [index]),
    ),
    ...section(
      7,
      names.map((name, index) => [...text(name), 0, index]),
    ),
    ...section(10, all.map(functionBytes)),
  ]);
}

function functionBytes({ integers, vectors, body }: KernelCode): number[] {
  const locals = [2, ...unsigned(integers), I32, ...unsigned(vectors), V128];
  return [...unsigned(locals.length + body.length + 1), ...locals, ...body, 0x0b];
}

function section(id: number, entries: readonly Code[]): number[] {
  const content = [...unsigned(entries.length), ...entries.flat()];
  return [id, ...unsigned(content.length), ...content];
}

function text(value: string): number[] {
  const bytes = new TextEncoder().encode(value);
  return [bytes.length, ...bytes];
}

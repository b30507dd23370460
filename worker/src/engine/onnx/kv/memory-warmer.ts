import { release, unwritten } from '../session-values.ts';

/** Touched at a time: some milliseconds where pages come from the host of a virtual machine. */
const SLICE_BYTES = 8 << 20;
const PAGE_BYTES = 4096;
/** In all, at most: of a worker that has little to do less should be seen than it may take. */
const WARMED_BYTES_MAX = 512 << 20;

/**
 * Has the system give this process memory before it is needed: taken, written to page by page, and given back
 * to the allocator, which keeps it (decision 6). The first prompts would wait for their pages else, on two threads
 * that wait for each other.
 */
export class MemoryWarmer {
  /** Bytes that nothing has written to yet, as far as is known. */
  #cold: number;
  #taken = 0;
  #slices: Float32Array[] = [];

  /** `bytes`: what will be needed. Where the allocator gives memory back to the system, nothing is done. */
  constructor(bytes: number, keepsFreed = allocatorKeepsFreed()) {
    this.#cold = keepsFreed ? Math.min(bytes, WARMED_BYTES_MAX) : 0;
  }

  /** One slice more. False when there is nothing left to do. */
  step(): boolean {
    if (this.#cold <= 0) return false;
    const bytes = Math.min(this.#cold - this.#taken, SLICE_BYTES);
    const slice = unwritten(Math.ceil(bytes / Float32Array.BYTES_PER_ELEMENT));
    for (let at = 0; at < slice.length; at += PAGE_BYTES / Float32Array.BYTES_PER_ELEMENT) {
      slice[at] = 0;
    }
    this.#slices.push(slice);
    this.#taken += bytes;
    if (this.#taken < this.#cold) return true;
    this.#cold = 0;
    this.#giveBack();
    return false;
  }

  /** Somebody computes and writes to so many bytes: what was taken is for it, and what is left begins anew. */
  interrupt(bytes: number): void {
    this.#cold = Math.max(0, this.#cold - bytes);
    this.#giveBack();
  }

  #giveBack(): void {
    for (const slice of this.#slices.splice(0)) release(slice);
    this.#taken = 0;
  }
}

/** As glibc does with the settings that workers are started with. */
function allocatorKeepsFreed(): boolean {
  return process.env.GLIBC_TUNABLES?.includes('glibc.malloc.trim_threshold') ?? false;
}

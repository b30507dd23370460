import { invariant } from '@helium/shared';
import { release, unwritten } from '../session-values.ts';
import type { KvShape } from './kv-chunk.ts';

/** A stretch of the memory, in tokens. */
interface Stretch {
  readonly at: number;
  readonly tokens: number;
}

/**
 * The memory of slabs: one array for each plane, of which a slab has the same stretch in all. It is kept,
 * because arrays of this size are costly to get and to clear; what a stretch held before is still in it.
 */
export class SlabMemory {
  readonly shape: KvShape;
  private planes: Float32Array[];
  private capacity = 0;
  private arrays = 0;
  /** Ascending. */
  private taken: Stretch[] = [];

  constructor(shape: KvShape) {
    this.shape = shape;
    this.planes = Array.from({ length: shape.planes }, () => new Float32Array(0));
  }

  /** Another number whenever the planes are other arrays. */
  get generation(): number {
    return this.arrays;
  }

  /** Floats of one plane, `width` for each token. */
  plane(index: number): Float32Array {
    const plane = this.planes[index];
    invariant(plane !== undefined, `KV plane ${index} of ${this.planes.length}`);
    return plane;
  }

  /** Room for so many tokens altogether. What no slab ever had costs nothing, see `unwritten`. */
  reserve(tokens: number): void {
    if (tokens <= this.capacity) return;
    this.capacity = tokens;
    this.arrays++;
    const used = (this.taken.at(-1)?.at ?? 0) + (this.taken.at(-1)?.tokens ?? 0);
    this.planes = this.planes.map((plane) => {
      const grown = unwritten(tokens * this.shape.width);
      grown.set(plane.subarray(0, used * this.shape.width));
      release(plane);
      return grown;
    });
  }

  /** Gives everything back that is more than so many tokens; only where nothing is taken. */
  trim(tokens: number): void {
    if (this.capacity <= tokens || this.taken.length > 0) return;
    this.capacity = 0;
    this.arrays++;
    for (const plane of this.planes) release(plane);
    this.planes = this.planes.map(() => new Float32Array(0));
  }

  /** The lowest stretch that is free, taken from now on; undefined where none is long enough. */
  take(tokens: number): number | undefined {
    let at = 0;
    const next = this.taken.findIndex((stretch) => {
      if (stretch.at - at >= tokens) return true;
      at = stretch.at + stretch.tokens;
      return false;
    });
    if (next < 0 && this.capacity - at < tokens) return undefined;
    this.taken.splice(next < 0 ? this.taken.length : next, 0, { at, tokens });
    return at;
  }

  /** Gives back the stretch that begins there. */
  free(at: number): void {
    const index = this.taken.findIndex((stretch) => stretch.at === at);
    invariant(index >= 0, `no slab begins at token ${at}`);
    this.taken.splice(index, 1);
  }
}

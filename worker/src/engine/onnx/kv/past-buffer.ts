import { invariant } from '@helium/shared';
import { type KvChunk, type KvShape, planeOf } from './kv-chunk.ts';

/**
 * The past of the prompt that is being prefilled, contiguous for each plane, [tokens, width]: what
 * the prefill graph reads. It grows by appending, so that the chunks of one prompt
 * cost one copy each; turning to another prompt costs a copy of that one's past.
 */
export class PastBuffer {
  private readonly shape: KvShape;
  private planes: Float32Array[];
  private capacity = 0;
  private length = 0;

  constructor(shape: KvShape) {
    this.shape = shape;
    this.planes = Array.from({ length: shape.planes }, () => new Float32Array(0));
  }

  get tokens(): number {
    return this.length;
  }

  clear(): void {
    this.length = 0;
  }

  append(chunk: KvChunk): void {
    const { width } = this.shape;
    this.reserve(this.length + chunk.tokens);
    this.planes.forEach((plane, index) => {
      plane.set(planeOf(chunk, index, this.shape), this.length * width);
    });
    this.length += chunk.tokens;
  }

  /** [tokens, width] of a plane, as a view that lives until the next append. */
  plane(index: number): Float32Array {
    const plane = this.planes[index];
    invariant(plane !== undefined, `KV plane ${index} of ${this.planes.length}`);
    return plane.subarray(0, this.length * this.shape.width);
  }

  private reserve(tokens: number): void {
    if (tokens <= this.capacity) return;
    this.capacity = Math.max(tokens, this.capacity * 2);
    this.planes = this.planes.map((plane) => {
      const grown = new Float32Array(this.capacity * this.shape.width);
      grown.set(plane.subarray(0, this.length * this.shape.width));
      return grown;
    });
  }
}

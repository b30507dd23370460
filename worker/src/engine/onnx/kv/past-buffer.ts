import { invariant } from '@helium/shared';
import type { KvShape } from './kv-chunk.ts';

/** Keys and values of consecutive tokens, [planes, tokens, width]. */
export interface PastPart {
  readonly tokens: number;
  readonly data: Float32Array;
}

/**
 * The past of the prompt that is being prefilled, contiguous for each plane, [tokens, width]: what
 * a prefill graph reads. It grows by appending, so that the chunks of one prompt
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

  /** Forgets what lies behind the first `tokens`. */
  truncate(tokens: number): void {
    invariant(tokens <= this.length, `a past of ${this.length} tokens cannot keep ${tokens}`);
    this.length = tokens;
  }

  append({ tokens, data }: PastPart): void {
    const { width } = this.shape;
    const size = tokens * width;
    this.reserve(this.length + tokens);
    this.planes.forEach((plane, index) => {
      plane.set(data.subarray(index * size, (index + 1) * size), this.length * width);
    });
    this.length += tokens;
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

import { invariant } from '@helium/shared';
import { release, unwritten } from '../session-values.ts';
import type { KvShape } from './kv-chunk.ts';

/** Keys and values of consecutive tokens, [planes, tokens, width]. */
export interface PastPart {
  readonly tokens: number;
  readonly data: Float32Array;
}

/** Room beyond what is needed, as a part of it: a prompt's chunks then cost some five copies in all. */
const SPARE = 1 / 4;
/** A past so many times smaller than its room gives the room back. */
const SHRINK = 4;

/**
 * The past of the prompt that is being prefilled, contiguous for each plane, [tokens, width]: what
 * a prefill graph reads. It grows by appending, so that the chunks of one prompt
 * cost few copies each; turning to another prompt costs a copy of that one's past.
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

  /** The old array of a plane goes before the next one is made: what is taken beside the past is one plane. */
  private reserve(tokens: number): void {
    if (tokens <= this.capacity && tokens * SHRINK > this.capacity) return;
    const capacity = Math.ceil(tokens * (1 + SPARE));
    if (capacity === this.capacity) return;
    this.capacity = capacity;
    const { width } = this.shape;
    this.planes = this.planes.map((plane) => {
      const sized = unwritten(capacity * width);
      sized.set(plane.subarray(0, this.length * width));
      release(plane);
      return sized;
    });
  }
}

import { invariant } from '@helium/shared';
import type { BlockIndex } from '../../../batching/step-executor.ts';
import { copyPart, type KvChunk, type KvRecord, type KvShape, wholeChunk } from './kv-chunk.ts';

/**
 * KV of the prefix cache, by block. Blocks are views of the record they were computed in; when some of a
 * record's blocks go, the others are copied out of it, so that memory is what the blocks count.
 */
export class BlockStore {
  private readonly shape: KvShape;
  private readonly blocks = new Map<BlockIndex, KvChunk>();
  private copies = 0;

  constructor(shape: KvShape) {
    this.shape = shape;
  }

  put(block: BlockIndex, chunk: KvChunk): void {
    invariant(!this.blocks.has(block), `block ${block} is stored already`);
    this.blocks.set(block, chunk);
  }

  require(block: BlockIndex): KvChunk {
    const chunk = this.blocks.get(block);
    invariant(chunk !== undefined, `block ${block} is not stored`);
    return chunk;
  }

  /** No prefill may be underway: what stays is copied. Costs O(stored blocks) when any go. */
  release(blocks: readonly BlockIndex[]): void {
    if (blocks.length === 0) return;
    const touched = new Set<KvRecord>();
    for (const block of blocks) {
      touched.add(this.require(block).record);
      this.blocks.delete(block);
    }
    for (const [block, chunk] of this.blocks) {
      if (touched.has(chunk.record)) this.blocks.set(block, this.copy(chunk));
    }
  }

  clear(): void {
    this.blocks.clear();
  }

  private copy(chunk: KvChunk): KvChunk {
    const { parts, isBroken } = chunk.record;
    // Records of prefill are numbered from 0 up, copies from -1 down.
    this.copies++;
    return wholeChunk({
      id: -this.copies,
      tokens: chunk.tokens,
      isBroken,
      parts: parts.map((_, index) => copyPart(chunk, index, this.shape)),
    });
  }
}

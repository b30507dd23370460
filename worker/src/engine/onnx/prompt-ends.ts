import type { BlockIndex, PrefillChunk, SequenceSlot } from '../../batching/step-executor.ts';
import type { HeadRows } from './graph-runner.ts';
import { type KvChunk, sliceChunk } from './kv/kv-chunk.ts';

/** What the ragged end of a prompt came to: its KV, and its row of the head's output. */
export interface PromptEnd {
  readonly tail: KvChunk;
  readonly head: HeadRows;
  readonly row: number;
}

interface KeptEnd extends PromptEnd {
  readonly blocks: readonly BlockIndex[];
  readonly users: Set<SequenceSlot>;
}

/**
 * The ends of the prompts of running sequences, behind their whole blocks: samples of one prompt share its blocks,
 * and by this its last, ragged one and the logits after it. An end is known by its blocks, which stay while
 * anybody uses them, and its tokens; a prompt without blocks shares nothing.
 */
export class PromptEnds {
  private readonly blockTokens: number;
  private readonly ends = new Map<string, KeptEnd>();

  constructor(blockTokens: number) {
    this.blockTokens = blockTokens;
  }

  /** The end that this chunk would come to, for a sequence that has only these blocks; it is a user from then on. */
  find(
    { slot, start, tokens, storeAs, last }: PrefillChunk,
    blocks: readonly BlockIndex[],
  ): PromptEnd | undefined {
    const isTail = last && tokens.length <= this.blockTokens && storeAs.length === 0;
    if (!isTail || start !== blocks.length * this.blockTokens) return undefined;
    const end = this.ends.get(keyOf(blocks, tokens));
    end?.users.add(slot);
    return end;
  }

  /** `chunk` ended the prompt of a sequence that has these blocks, the chunk's own included. */
  keep(
    { slot, start, tokens }: PrefillChunk,
    blocks: readonly BlockIndex[],
    computed: Pick<PromptEnd, 'head' | 'row'> & { readonly chunk: KvChunk },
  ): void {
    const count = Math.floor((start + tokens.length - 1) / this.blockTokens);
    if (count === 0 || blocks.length < count) return;
    const from = count * this.blockTokens - start;
    const before = blocks.slice(0, count);
    const key = keyOf(before, tokens.subarray(from));
    if (this.ends.has(key)) return;
    const { chunk, head, row } = computed;
    const tail = sliceChunk(chunk, from, tokens.length);
    this.ends.set(key, { tail, head, row, blocks: before, users: new Set([slot]) });
  }

  /** The sequence is gone: what nobody uses any more goes with it. */
  release(slot: SequenceSlot): void {
    for (const [key, { users }] of this.ends) {
      if (users.delete(slot) && users.size === 0) this.ends.delete(key);
    }
  }

  /** The blocks stand for something else from now on. */
  releaseBlocks(released: readonly BlockIndex[]): void {
    for (const [key, { blocks }] of this.ends) {
      if (blocks.some((block) => released.includes(block))) this.ends.delete(key);
    }
  }
}

function keyOf(blocks: readonly BlockIndex[], tokens: Int32Array): string {
  return `${blocks.join()} ${tokens.join()}`;
}

import { HeliumError, invariant, type SequenceBlockHash } from '@helium/shared';
import type { PrefixHandle, Residency } from '../kv/index.ts';
import type { FillRequest, PromptFill } from './prompt-fill.ts';
import type { BlockIndex, ExecutorLimits, PrefillChunk, SequenceSlot } from './step-executor.ts';

export interface PromptFillerOptions {
  readonly residency: Residency;
  readonly limits: Pick<ExecutorLimits, 'blockTokens' | 'chunkTokens' | 'chunkTokensMax'>;
  /** KV tokens that one call may need at most: what pins can never take. */
  readonly callTokensMax: number;
}

export type FillOutcome =
  | { readonly kind: 'begun'; readonly fill: PromptFill }
  /** The next block is being computed by another: take it from there. */
  | { readonly kind: 'inFlight'; readonly block: SequenceBlockHash }
  | { readonly kind: 'noRoom' };

/**
 * Brings prompts into KV without computing any block twice, and accounts for their memory. With B
 * tokens in a block, r reused and s newly stored blocks, a call of at most t tokens takes B * (ceil(t / B) - r - s)
 * private tokens and s blocks, and holds the r blocks to its end: all reserved when it begins, so that
 * what has begun can always end.
 */
export class PromptFiller {
  readonly #options: PromptFillerOptions;
  /** Blocks that begun fills will store. */
  readonly #inFlight = new Set<SequenceBlockHash>();

  constructor(options: PromptFillerOptions) {
    this.#options = options;
  }

  isInFlight(block: SequenceBlockHash): boolean {
    return this.#inFlight.has(block);
  }

  /** Why a call of so many tokens can never run here (KV_TOO_SMALL), or undefined. */
  findFault(promptTokens: number, outputTokens: number): HeliumError | undefined {
    const { callTokensMax, limits } = this.#options;
    const needed = this.#roundUp(promptTokens + outputTokens);
    if (needed <= callTokensMax) return undefined;
    const message =
      `prompt of ${promptTokens} and output of ${outputTokens} tokens need ${needed} KV tokens ` +
      `in blocks of ${limits.blockTokens}, the worker has ${callTokensMax} for a call`;
    return new HeliumError('KV_TOO_SMALL', message, { details: { needed, limit: callTokensMax } });
  }

  /**
   * Starts a prompt if nobody computes its next block and memory suffices. `isAlone` (nothing else
   * runs): it then stores less, and reuses less, before it gives up.
   */
  begin(request: FillRequest, slot: SequenceSlot, isAlone: boolean): FillOutcome {
    const { residency } = this.#options;
    const resident = residency.match(request.hashes);
    const reused = Math.min(resident, request.reusableBlocks);
    const next = request.hashes[reused];
    const isNextInFlight = next !== undefined && this.#inFlight.has(next);
    if (isNextInFlight && reused < request.reusableBlocks) return { kind: 'inFlight', block: next };
    const storable = reused < resident || isNextInFlight ? 0 : request.hashes.length - reused;
    const fill =
      this.#reserve(request, slot, reused, storable) ??
      (isAlone ? this.#reserveLess(request, slot, reused, storable) : undefined);
    if (fill === undefined) return { kind: 'noRoom' };
    for (const hash of this.#unstored(fill)) this.#inFlight.add(hash);
    return { kind: 'begun', fill };
  }

  /** The next chunk from `start`, on the grid, of a prompt that is wanted up to `wantedEnd`. */
  chunkAt(fill: PromptFill, start: number, wantedEnd: number, isCall: boolean): PrefillChunk {
    const { blockTokens, chunkTokens, chunkTokensMax } = this.#options.limits;
    const end = wantedEnd - start <= chunkTokensMax ? wantedEnd : start + chunkTokens;
    const tokens = fill.prompt.subarray(start, end);
    const last = isCall && end === fill.prompt.length;
    const firstBlock = start / blockTokens - fill.reusedBlocks;
    const blocks = Math.floor(tokens.length / blockTokens);
    const storeAs = fill.storeAs.slice(firstBlock, firstBlock + blocks);
    return { slot: fill.slot, start, tokens, last, storeAs };
  }

  /** The chunk was computed: its blocks are resident from now on. */
  advance(fill: PromptFill, chunk: PrefillChunk): void {
    invariant(
      chunk.start === fill.filledTokens,
      `chunk at ${chunk.start} is not the prompt's next`,
    );
    fill.filledTokens += chunk.tokens.length;
    for (const block of chunk.storeAs) {
      const hash = fill.hashes[fill.reusedBlocks + fill.committedBlocks]!;
      this.#options.residency.commit(fill.handle!, hash, block);
      this.#inFlight.delete(hash);
      fill.committedBlocks++;
    }
  }

  /** Gives all memory back, wherever the prompt stands; what it stored stays resident. */
  end(fill: PromptFill): void {
    const { residency } = this.#options;
    for (const hash of this.#unstored(fill)) this.#inFlight.delete(hash);
    for (const block of fill.storeAs.slice(fill.committedBlocks)) residency.abandon(block);
    this.#releaseHandle(fill);
    residency.releasePrivate(fill.privateTokens);
  }

  #unstored({ hashes, reusedBlocks, storeAs, committedBlocks }: PromptFill) {
    return hashes.slice(reusedBlocks + committedBlocks, reusedBlocks + storeAs.length);
  }

  #releaseHandle(fill: PromptFill): void {
    if (fill.handle !== undefined) this.#options.residency.release(fill.handle);
    fill.handle = undefined;
  }

  #roundUp(tokens: number): number {
    const { blockTokens } = this.#options.limits;
    return Math.ceil(tokens / blockTokens) * blockTokens;
  }

  #reserve(
    request: FillRequest,
    slot: SequenceSlot,
    reused: number,
    stored: number,
  ): PromptFill | undefined {
    const { residency, limits } = this.#options;
    const handle = residency.acquire(request.hashes.slice(0, reused));
    const blocks = (reused + stored) * limits.blockTokens;
    const privateTokens = this.#roundUp(request.tokensMax) - blocks;
    const fits = residency.roomTokens >= privateTokens + stored * limits.blockTokens;
    const storeAs = fits ? this.#reserveBlocks(stored, request.neededAt) : undefined;
    if (storeAs !== undefined && residency.reservePrivate(privateTokens, request.neededAt)) {
      return this.#createFill(request, slot, handle, privateTokens, storeAs);
    }
    for (const block of storeAs ?? []) residency.abandon(block);
    residency.release(handle);
    return undefined;
  }

  /**
   * With the worker to itself: fewer stored blocks first, then fewer reused ones, then what memory a call gets
   * only there. A prefetch (it has a `neededAt`) that can store nothing is not worth anybody's block.
   */
  #reserveLess(
    request: FillRequest,
    slot: SequenceSlot,
    reused: number,
    storable: number,
  ): PromptFill | undefined {
    const isPrefetch = request.neededAt !== undefined;
    for (let stored = storable - 1; stored >= (isPrefetch ? 1 : 0); stored--) {
      const fill = this.#reserve(request, slot, reused, stored);
      if (fill !== undefined) return fill;
    }
    if (isPrefetch) return undefined;
    for (let fewer = reused - 1; fewer >= 0; fewer--) {
      const fill = this.#reserve(request, slot, fewer, 0);
      if (fill !== undefined) return fill;
    }
    const { residency } = this.#options;
    const tokens = this.#roundUp(request.tokensMax);
    if (!residency.reserveAlone(tokens)) return undefined;
    return this.#createFill(request, slot, residency.acquire([]), tokens, []);
  }

  #reserveBlocks(count: number, neededAt: number | undefined): BlockIndex[] | undefined {
    const { residency } = this.#options;
    const blocks: BlockIndex[] = [];
    while (blocks.length < count) {
      const block = residency.reserve(neededAt);
      if (block === undefined) {
        for (const reserved of blocks) residency.abandon(reserved);
        return undefined;
      }
      blocks.push(block);
    }
    return blocks;
  }

  #createFill(
    request: FillRequest,
    slot: SequenceSlot,
    handle: PrefixHandle,
    privateTokens: number,
    storeAs: readonly BlockIndex[],
  ): PromptFill {
    const reusedBlocks = handle.blocks.length;
    return {
      slot,
      prompt: request.prompt,
      hashes: request.hashes,
      reusedBlocks,
      privateTokens,
      storeAs,
      committedBlocks: 0,
      filledTokens: reusedBlocks * this.#options.limits.blockTokens,
      handle,
    };
  }
}

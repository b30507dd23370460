import { GREEDY, type SequenceBlockHash } from '@helium/shared';
import type { EngineEvent } from '../engine/engine.ts';
import type { Residency } from '../kv/index.ts';
import type { FillRequest, PromptFill } from './prompt-fill.ts';
import type { PromptFiller } from './prompt-filler.ts';
import type { PrefillChunk, SequenceBegin, SequenceSlot } from './step-executor.ts';

/** Prefixes that wait to be prefetched at most; further ones end at once, nothing computed. */
const QUEUE_MAX = 1024;

interface PrefetchJob {
  readonly request: FillRequest;
  readonly nextUse: number;
  computedTokens: number;
}

export interface PrefetcherOptions {
  readonly residency: Residency;
  readonly filler: PromptFiller;
  readonly blockTokens: number;
  /** Prefill tokens of a step at most, in whole blocks: a call that arrives meanwhile waits for so many. */
  readonly stepTokensMax: number;
  readonly emit: (event: EngineEvent) => void;
}

export interface PrefetchStep {
  readonly begin: readonly SequenceBegin[];
  readonly prefills: readonly PrefillChunk[];
}

/**
 * Computes prefixes that the schedule will need, the earliest use first, in steps that no call
 * needs. It evicts only what is used later. When calls come it lets go of its memory at once;
 * blocks that are stored stay, so that it later goes on from there.
 */
export class Prefetcher {
  readonly #options: PrefetcherOptions;
  readonly #jobs: PrefetchJob[] = [];
  #running: { readonly job: PrefetchJob; readonly fill: PromptFill } | undefined;

  constructor(options: PrefetcherOptions) {
    this.#options = options;
  }

  /** `tokens` and `hashes` are of whole blocks. */
  add(tokens: Int32Array, hashes: readonly SequenceBlockHash[], nextUse: number): void {
    const { residency } = this.#options;
    for (const hash of hashes) residency.setNextUse(hash, nextUse);
    const neededAt = nextUse;
    const reusableBlocks = hashes.length;
    const request = { prompt: tokens, hashes, reusableBlocks, tokensMax: tokens.length, neededAt };
    const job = { request, nextUse, computedTokens: 0 };
    if (this.#jobs.length >= QUEUE_MAX) {
      this.#report(job);
      return;
    }
    const place = this.#jobs.findIndex((other) => other.nextUse > nextUse);
    this.#jobs.splice(place < 0 ? this.#jobs.length : place, 0, job);
  }

  /** The next idle step's work on the given slot, or undefined when nothing is left to prefetch. */
  plan(slot: SequenceSlot): PrefetchStep | undefined {
    const begin: SequenceBegin[] = [];
    if (this.#running === undefined) {
      const begun = this.#beginNext(slot);
      if (begun === undefined) return undefined;
      begin.push(begun);
    }
    return { begin, prefills: this.#planChunks(this.#running!.fill) };
  }

  /** The chunks were computed. Gives the slot back when the prefix is complete. */
  apply(chunks: readonly PrefillChunk[]): SequenceSlot | undefined {
    const { job, fill } = this.#running!;
    for (const chunk of chunks) {
      this.#options.filler.advance(fill, chunk);
      job.computedTokens += chunk.tokens.length;
    }
    if (fill.committedBlocks < fill.storeAs.length) return undefined;
    const slot = this.#stop();
    this.#report(job);
    return slot;
  }

  /** Calls have come: gives the slot back, if one was in use. */
  yield(): SequenceSlot | undefined {
    if (this.#running === undefined) return undefined;
    this.#jobs.unshift(this.#running.job);
    return this.#stop();
  }

  #beginNext(slot: SequenceSlot): SequenceBegin | undefined {
    for (let job = this.#jobs.shift(); job !== undefined; job = this.#jobs.shift()) {
      const fill = this.#begin(job, slot);
      if (fill !== undefined) {
        this.#running = { job, fill };
        const blocks = [...fill.handle!.blocks];
        return { slot, blocks, sampling: GREEDY, tokensMax: job.request.tokensMax };
      }
      this.#report(job);
    }
    return undefined;
  }

  #begin({ request }: PrefetchJob, slot: SequenceSlot): PromptFill | undefined {
    const { residency, filler } = this.#options;
    if (residency.match(request.hashes) === request.hashes.length) return undefined;
    const outcome = filler.begin(request, slot, true);
    return outcome.kind === 'begun' ? outcome.fill : undefined;
  }

  #planChunks(fill: PromptFill): PrefillChunk[] {
    const { filler, blockTokens, stepTokensMax } = this.#options;
    const whole = Math.max(1, Math.floor(stepTokensMax / blockTokens)) * blockTokens;
    const stored = (fill.reusedBlocks + fill.storeAs.length) * blockTokens;
    const end = Math.min(stored, fill.filledTokens + whole);
    const chunks: PrefillChunk[] = [];
    for (let start = fill.filledTokens; start < end; ) {
      const chunk = filler.chunkAt(fill, start, end, false);
      chunks.push(chunk);
      start += chunk.tokens.length;
    }
    return chunks;
  }

  #stop(): SequenceSlot {
    const { fill } = this.#running!;
    this.#running = undefined;
    this.#options.filler.end(fill);
    return fill.slot;
  }

  #report({ request, computedTokens }: PrefetchJob): void {
    const { residency, blockTokens, emit } = this.#options;
    const residentTokens = residency.match(request.hashes) * blockTokens;
    emit({ kind: 'prefetched', residentTokens, computedTokens });
  }
}

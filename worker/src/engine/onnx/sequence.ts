import { HeliumError, invariant } from '@helium/shared';
import type {
  BlockIndex,
  ExecutorLimits,
  SampledToken,
  SequenceBegin,
} from '../../batching/step-executor.ts';
import { AcceptanceRate } from './drafts/acceptance-rate.ts';
import { PromptLookup } from './drafts/prompt-lookup.ts';
import type { KvChunk } from './kv/kv-chunk.ts';
import type { PositionScores, TokenSampler } from './sampling/token-sampler.ts';

/** The executor's state of one running call: its KV until it has a slab row, its sampler, and what drafts its tokens. */
export class Sequence {
  readonly slot: number;
  private readonly sampler: TokenSampler;
  /** Prompt and output tokens at most. */
  readonly tokensMax: number;
  /** Those its prompt begins with: reused ones, and those it stored. */
  readonly blocks: BlockIndex[];
  readonly acceptanceRate = new AcceptanceRate();
  /** Undefined where it is to have no drafts. */
  private readonly lookup: PromptLookup | undefined;
  private held: KvChunk[];
  private count: number;
  private promptEnded = false;
  private last: number | undefined;

  /** `prefix`: what the blocks hold that it reuses. */
  constructor(
    { slot, tokensMax, blocks, prompt }: SequenceBegin,
    sampler: TokenSampler,
    prefix: readonly KvChunk[],
    promptLookup: boolean,
  ) {
    this.slot = slot;
    this.sampler = sampler;
    this.tokensMax = tokensMax;
    this.blocks = [...blocks];
    this.lookup = promptLookup ? new PromptLookup(prompt ?? new Int32Array()) : undefined;
    this.held = [...prefix];
    this.count = prefix.reduce((sum, chunk) => sum + chunk.tokens, 0);
  }

  /** Tokens whose KV is computed. */
  get tokens(): number {
    return this.count;
  }

  /** KV of the prompt so far, in order; empty after `dropChunks`. */
  get chunks(): readonly KvChunk[] {
    return this.held;
  }

  /** The token chosen last: the next decode step's input. */
  get lastToken(): number {
    invariant(this.last !== undefined, `sequence slot ${this.slot} has chosen no token yet`);
    return this.last;
  }

  /** Guards the contract of PrefillChunk: in order, on the grid, ragged only at the prompt's end. */
  checkChunk(
    start: number,
    tokens: number,
    last: boolean,
    { blockTokens, chunkTokensMax }: Pick<ExecutorLimits, 'blockTokens' | 'chunkTokensMax'>,
  ): void {
    const chunk = `sequence slot ${this.slot}: chunk [${start}, ${start + tokens})`;
    invariant(!this.promptEnded, `${chunk} after the prompt's end`);
    invariant(start === this.count, `${chunk} where ${this.count} tokens are computed`);
    invariant(tokens > 0 && tokens <= chunkTokensMax, `${chunk} of more than ${chunkTokensMax}`);
    const isWhole = tokens % blockTokens === 0;
    invariant(last || isWhole, `${chunk} is off the grid ${blockTokens}, and not the last`);
    invariant(start + tokens <= this.tokensMax, `${chunk} beyond ${this.tokensMax} tokens`);
    this.promptEnded = last;
  }

  addChunk(chunk: KvChunk): void {
    this.held.push(chunk);
    this.count += chunk.tokens;
  }

  /** Its KV is in a slab now. */
  dropChunks(): void {
    this.held = [];
  }

  /** A decode step has the last token's KV. */
  countToken(): void {
    this.count++;
    invariant(this.count <= this.tokensMax, `sequence slot ${this.slot}: ${this.count} tokens`);
  }

  /** Tokens that may come after the last one, at most so many and no more than it may have. */
  draft(count: number): readonly number[] {
    const most = Math.max(0, Math.min(count, this.tokensMax - this.count - 2));
    if (this.lookup === undefined || most === 0) return [];
    const forced = this.sampler.forced();
    return forced.length > 0 ? forced.slice(0, most) : this.lookup.draft(most);
  }

  /** Chooses the token at position `tokens`, and remembers it. */
  choose(scores: PositionScores): SampledToken {
    const sampled = this.sampler.choose(scores, this.count);
    this.last = sampled.token;
    this.lookup?.add(sampled.token);
    return sampled;
  }

  /**
   * Goes on with the last tokens' KV and chooses the next as long as these are the draft's, `scores` of the place
   * behind each. A place where none can be chosen ends it: a step that begins there says why.
   */
  chooseAfter(draft: readonly number[], scores: (index: number) => PositionScores): SampledToken[] {
    const chosen: SampledToken[] = [];
    for (const [index, token] of draft.entries()) {
      if (this.last !== token || !this.sampler.goesOn()) break;
      this.count++;
      try {
        chosen.push(this.choose(scores(index)));
      } catch (error) {
        if (HeliumError.from(error).code === 'INVARIANT_BROKEN') throw error;
        this.count--;
        break;
      }
    }
    this.acceptanceRate.add(draft.length, chosen.length);
    return chosen;
  }
}

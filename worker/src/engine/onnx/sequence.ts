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
  /** Tokens whose KV is computed. */
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

  /** Tokens that may come after the last one, at most so many and no more than it may have. */
  draft(count: number): readonly number[] {
    const most = Math.max(0, Math.min(count, this.tokensMax - this.count - 2));
    if (this.lookup === undefined || most === 0) return [];
    const forced = this.sampler.forced();
    return forced.length > 0 ? forced.slice(0, most) : this.lookup.draft(most);
  }

  /** Chooses the first token behind the prompt. */
  choose(scores: PositionScores): SampledToken {
    return this.chooseAt(this.count, scores);
  }

  /** The last token's KV is computed: chooses the next. Where none can be chosen, all stays as it was. */
  goOn(scores: PositionScores): SampledToken {
    const position = this.count + 1;
    invariant(position <= this.tokensMax, `sequence slot ${this.slot}: ${position} tokens`);
    const sampled = this.chooseAt(position, scores);
    this.count = position;
    return sampled;
  }

  /**
   * Goes on as long as the token chosen last is the draft's, `scores` of the place behind each of these. A place where
   * none can be chosen ends it: a step that begins there says why.
   */
  goOnWith(draft: readonly number[], scores: (index: number) => PositionScores): SampledToken[] {
    const chosen: SampledToken[] = [];
    for (const [index, token] of draft.entries()) {
      if (this.last !== token || !this.sampler.goesOn()) break;
      try {
        chosen.push(this.goOn(scores(index)));
      } catch (error) {
        if (HeliumError.from(error).code === 'INVARIANT_BROKEN') throw error;
        break;
      }
    }
    this.acceptanceRate.add(draft.length, chosen.length);
    return chosen;
  }

  private chooseAt(position: number, scores: PositionScores): SampledToken {
    const sampled = this.sampler.choose(scores, position);
    this.last = sampled.token;
    this.lookup?.add(sampled.token);
    return sampled;
  }
}

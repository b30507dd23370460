import { invariant } from '@helium/shared';
import type { TokenDecoder } from '@helium/shared/tokenizer';
import type {
  BlockIndex,
  ExecutorLimits,
  SampledToken,
  SequenceSlot,
  StepOutput,
  StepPlan,
} from './step-executor.ts';

export const END_TOKEN = 0;
const UTF8 = new TextEncoder();
/** Tokens 1 and up are these bytes: 'é' and '€' take two and three tokens. Others are a dot. */
const BYTES = [...UTF8.encode('ab cé€')];

export function createFakeDecoder(): TokenDecoder {
  const decoder = new TextDecoder();
  return {
    push: (token) => decoder.decode(Uint8Array.of(BYTES[token - 1] ?? 0x2e), { stream: true }),
    end: () => decoder.decode(),
  };
}

interface FakeSequence {
  /** Every token whose KV it has. */
  prompt: readonly number[];
  output: number[];
  /** Its prompt's blocks: reused ones, then stored ones. */
  blocks: readonly BlockIndex[];
  readonly tokensMax: number;
}

/**
 * A strict executor for tests: its KV is the very tokens, so that output shows what was reused, and
 * it refuses every plan that an executor with tensors could not run or has no memory for.
 */
export class FakeExecutor {
  /** Tokens that a decoding sequence gets in a step at most, beside the one it is owed. */
  furtherMax = 0;
  readonly #limits: ExecutorLimits;
  readonly #blocks = new Map<BlockIndex, readonly number[]>();
  readonly #sequences = new Map<SequenceSlot, FakeSequence>();

  constructor(limits: ExecutorLimits) {
    this.#limits = limits;
  }

  step(plan: StepPlan): StepOutput {
    for (const slot of plan.releaseSequences) {
      invariant(this.#sequences.delete(slot), `slot ${slot} was not begun`);
    }
    for (const block of plan.releaseBlocks) {
      invariant(this.#blocks.delete(block), `block ${block} was not stored`);
    }
    for (const begin of plan.begin) this.#begin(begin);
    const tokens = new Map<SequenceSlot, number>();
    const further = new Map<SequenceSlot, readonly SampledToken[]>();
    for (const chunk of plan.prefills) this.#prefill(chunk, tokens);
    for (const slot of plan.decode) {
      invariant(!tokens.has(slot), `slot ${slot} prefills and decodes in one step`);
      invariant(this.#require(slot).output.length > 0, `slot ${slot} decodes before its prompt`);
      tokens.set(slot, this.#sample(this.#require(slot)));
      further.set(slot, this.#sampleFurther(this.#require(slot)));
      this.#checkBlocks(this.#require(slot));
    }
    this.#checkMemory();
    return { tokens, further, ms: 1 };
  }

  #begin({ slot, blocks, tokensMax }: StepPlan['begin'][number]): void {
    invariant(!this.#sequences.has(slot), `slot ${slot} is begun twice`);
    invariant(slot >= 0 && slot < this.#limits.maxBatch, `slot ${slot} is out of range`);
    invariant(tokensMax <= this.#limits.contextTokens, `${tokensMax} tokens exceed the context`);
    const prefixes = blocks.map((block) => this.#blocks.get(block));
    for (const [i, prefix] of prefixes.entries()) {
      invariant(prefix?.length === (i + 1) * this.#limits.blockTokens, `block ${i} is not stored`);
    }
    const prompt = prefixes.at(-1) ?? [];
    this.#sequences.set(slot, { prompt, output: [], blocks, tokensMax });
  }

  #prefill(chunk: StepPlan['prefills'][number], tokens: Map<SequenceSlot, number>): void {
    const { slot, start, storeAs, last } = chunk;
    const sequence = this.#require(slot);
    const { blockTokens, chunkTokensMax } = this.#limits;
    const isWhole = chunk.tokens.length % blockTokens === 0;
    invariant(start === sequence.prompt.length, `slot ${slot}: a chunk is out of order`);
    invariant(start % blockTokens === 0, `slot ${slot}: a chunk is off the grid`);
    invariant(chunk.tokens.length <= chunkTokensMax, `slot ${slot}: a chunk is too large`);
    invariant(isWhole || last, `slot ${slot}: a chunk is cut short`);
    sequence.prompt = [...sequence.prompt, ...chunk.tokens];
    for (const [i, block] of storeAs.entries()) {
      invariant(!this.#blocks.has(block), `block ${block} is stored twice`);
      this.#blocks.set(block, sequence.prompt.slice(0, start + (i + 1) * blockTokens));
      sequence.blocks = [...sequence.blocks, block];
    }
    if (last) tokens.set(slot, this.#sample(sequence));
  }

  /** Depends on the prompt and the place alone; one in eight ends the output. */
  #sample({ prompt, output, tokensMax }: FakeSequence): number {
    invariant(prompt.length + output.length < tokensMax, 'more tokens than promised');
    let hash = output.length + 1;
    for (const token of prompt) hash = Math.imul(hash ^ token, 0x9e3779b1) ^ (hash >>> 15);
    const draw = Math.imul(hash ^ (hash >>> 13), 0x85ebca6b) >>> 8;
    const token = draw % 8 === 0 ? END_TOKEN : 1 + ((draw >> 3) % BYTES.length);
    output.push(token);
    return token;
  }

  #sampleFurther(sequence: FakeSequence): readonly SampledToken[] {
    const left = sequence.tokensMax - sequence.prompt.length - sequence.output.length;
    const count = Math.min(this.furtherMax, left);
    return Array.from({ length: count }, () => ({ token: this.#sample(sequence) }));
  }

  /** Decoding may read the prompt's blocks where they are. */
  #checkBlocks({ blocks, prompt }: FakeSequence): void {
    const { blockTokens } = this.#limits;
    for (const [i, block] of blocks.entries()) {
      const stored = this.#blocks.get(block)?.join();
      const isThere = stored === prompt.slice(0, (i + 1) * blockTokens).join();
      invariant(isThere, `block ${block} is gone and still read`);
    }
  }

  #checkMemory(): void {
    const { blockTokens, kvTokens, kvTokensAlone = kvTokens } = this.#limits;
    const limit = this.#sequences.size === 1 ? kvTokensAlone : kvTokens;
    let used = this.#blocks.size * blockTokens;
    for (const { tokensMax, blocks } of this.#sequences.values()) {
      used += (Math.ceil(tokensMax / blockTokens) - blocks.length) * blockTokens;
    }
    invariant(used <= limit, `${used} KV tokens in use, the limit is ${limit}`);
  }

  #require(slot: SequenceSlot): FakeSequence {
    const sequence = this.#sequences.get(slot);
    invariant(sequence !== undefined, `slot ${slot} was not begun`);
    return sequence;
  }
}

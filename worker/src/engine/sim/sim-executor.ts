import { type Clock, invariant, type Sampling, systemClock } from '@helium/shared';
import type {
  AllowedTokens,
  BlockIndex,
  ExecutorLimits,
  PrefillChunk,
  SampledToken,
  SequenceBegin,
  SequenceSlot,
  StepExecutor,
  StepOutput,
  StepPlan,
  TokenConstraint,
} from '../../batching/index.ts';
import { SampledTokens } from '../sampled-tokens.ts';
import { DEFAULT_SIM_TIMING, modelStepMs, type SimTiming } from './latency-model.ts';
import { drawNumber, EMPTY_STATE, extendState, type PromptState } from './prompt-state.ts';

export interface SimExecutorOptions {
  readonly limits?: Partial<Omit<ExecutorLimits, 'engine'>>;
  readonly timing?: SimTiming;
  /** Tokens that texts are made of. */
  readonly outputTokens: readonly number[];
  readonly endToken: number;
  /** Mean length of an output, its end token included; Infinity: every output runs to its limit. */
  readonly outputTokensMean?: number;
  /** Simulated seconds per second; 0: as fast as it goes. */
  readonly speed?: number;
  readonly clock?: Clock;
}

export interface SimExecutor extends StepExecutor {
  /** Simulated time, milliseconds: the steps' times summed. */
  readonly nowMs: number;
  /** As `step`, at once, whatever the speed: for worlds that keep virtual time themselves. */
  stepNow(plan: StepPlan): StepOutput;
}

/** One GPU of the default timing, with 64 GiB of KV at 147 kB a token. */
const DEFAULT_LIMITS: ExecutorLimits = {
  engine: 'sim',
  device: 'simulated GPU',
  contextTokens: 32_768,
  blockTokens: 16,
  chunkTokens: 16,
  chunkTokensMax: 16,
  kvTokens: 460_000,
  maxBatch: 64,
  prefillTokensBusy: 2048,
  prefillTokensIdle: 2048,
  heldStepsMax: 0,
  prefetchTokens: 2048,
};

const OUTPUT_TOKENS_MEAN = 128;
/** Stream places of the draws that are not tokens. */
const LENGTH_DRAW = 0xffff_ffff;

interface SimSequence {
  state: PromptState;
  promptTokens: number;
  outputTokens: number;
  outputLength: number;
  readonly tokensMax: number;
  readonly sampling: Sampling;
  readonly logprobs: number | undefined;
  readonly constraint: TokenConstraint | undefined;
}

/**
 * A modelled server: tokens are a pseudo-text that depends on the prompt's tokens (and a sampling
 * seed) alone, times are evaluator 2's. It keeps no tensors but checks what an executor with
 * tensors relies on, and throws INVARIANT_BROKEN where a plan breaks it.
 */
export function createSimExecutor(options: SimExecutorOptions): SimExecutor {
  return new ModelledServer(options);
}

class ModelledServer implements SimExecutor {
  readonly limits: ExecutorLimits;
  readonly #options: SimExecutorOptions;
  readonly #timing: SimTiming;
  readonly #blocks = new Map<BlockIndex, PromptState>();
  readonly #sequences = new Map<SequenceSlot, SimSequence>();
  #nowMs = 0;

  constructor(options: SimExecutorOptions) {
    this.limits = { ...DEFAULT_LIMITS, ...options.limits, engine: 'sim' };
    this.#options = options;
    this.#timing = options.timing ?? DEFAULT_SIM_TIMING;
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  stepNow(plan: StepPlan): StepOutput {
    const output = this.#compute(plan);
    this.#nowMs += output.ms;
    return output;
  }

  async step(plan: StepPlan): Promise<StepOutput> {
    const output = this.stepNow(plan);
    const { speed = 0, clock = systemClock } = this.#options;
    if (speed > 0) {
      await new Promise<void>((resolve) => clock.setTimer(output.ms / speed, resolve));
    }
    return output;
  }

  async close(): Promise<void> {
    this.#sequences.clear();
    this.#blocks.clear();
  }

  #compute(plan: StepPlan): StepOutput {
    for (const slot of plan.releaseSequences) {
      invariant(this.#sequences.delete(slot), `slot ${slot} is released and was not begun`);
    }
    for (const block of plan.releaseBlocks) {
      invariant(this.#blocks.delete(block), `block ${block} is released and was not stored`);
    }
    for (const begin of plan.begin) this.#begin(begin);
    const sampled = new SampledTokens();
    for (const chunk of plan.prefills) {
      this.#prefill(chunk);
      if (chunk.last) sampled.add(chunk.slot, () => this.#sampleFirst(chunk.slot));
    }
    for (const slot of plan.decode) sampled.add(slot, () => this.#sample(this.#require(slot)));
    return sampled.output(this.#measure(plan));
  }

  /** Every token is drawn with the same chance, but for the end, whose place is known. */
  #described(token: number, logprobs: number | undefined): SampledToken {
    if (logprobs === undefined) return { token };
    const { outputTokens, endToken } = this.#options;
    const logprob = token === endToken ? 0 : -Math.log(outputTokens.length);
    const others = token === endToken ? [] : outputTokens.filter((other) => other !== token);
    const top = [token, ...others].slice(0, logprobs).map((id) => ({ token: id, logprob }));
    return { token, logprob: { logprob, top } };
  }

  #begin({ slot, blocks, ...asked }: SequenceBegin): void {
    invariant(!this.#sequences.has(slot), `slot ${slot} is begun twice`);
    const last = blocks.at(-1);
    const state = last === undefined ? EMPTY_STATE : this.#blocks.get(last);
    invariant(state !== undefined, `block ${last} is reused and was not stored`);
    const promptTokens = blocks.length * this.limits.blockTokens;
    const { tokensMax, sampling, logprobs, constraint } = asked;
    const counts = { promptTokens, outputTokens: 0, outputLength: 0 };
    this.#sequences.set(slot, { state, ...counts, tokensMax, sampling, logprobs, constraint });
  }

  #prefill(chunk: PrefillChunk): void {
    const { blockTokens } = this.limits;
    const sequence = this.#require(chunk.slot);
    const { start, tokens, storeAs, last } = chunk;
    invariant(start === sequence.promptTokens, `slot ${chunk.slot}: a chunk is out of order`);
    invariant(start % blockTokens === 0, `slot ${chunk.slot}: a chunk starts off the grid`);
    invariant(
      last || tokens.length % blockTokens === 0,
      `slot ${chunk.slot}: a chunk is cut short`,
    );
    storeAs.forEach((block, i) => {
      invariant(!this.#blocks.has(block), `block ${block} is stored twice`);
      const stored = tokens.subarray(0, (i + 1) * blockTokens);
      this.#blocks.set(block, extendState(sequence.state, stored));
    });
    sequence.state = extendState(sequence.state, tokens);
    sequence.promptTokens += tokens.length;
  }

  #sampleFirst(slot: SequenceSlot): SampledToken {
    const sequence = this.#require(slot);
    const { temperature, seed = 0n } = sequence.sampling;
    if (temperature > 0) {
      const halves = Int32Array.of(
        Number(seed & 0xffff_ffffn),
        Number((seed >> 32n) & 0xffff_ffffn),
      );
      sequence.state = extendState(sequence.state, halves);
    }
    sequence.outputLength = this.#drawLength(sequence.state);
    return this.#sample(sequence);
  }

  #sample(sequence: SimSequence): SampledToken {
    return this.#described(this.#draw(sequence), sequence.logprobs);
  }

  #draw(sequence: SimSequence): number {
    const { outputTokens, endToken } = this.#options;
    sequence.outputTokens++;
    const tokensNow = sequence.promptTokens + sequence.outputTokens;
    invariant(
      tokensNow <= sequence.tokensMax,
      `${tokensNow} tokens, ${sequence.tokensMax} promised`,
    );
    const isOver = sequence.outputTokens >= sequence.outputLength;
    const draw = drawNumber(sequence.state, sequence.outputTokens);
    const allowed = sequence.constraint?.allowed();
    if (allowed !== undefined) return drawAllowed(allowed, draw, isOver, endToken);
    if (isOver) return endToken;
    return outputTokens[draw % outputTokens.length]!;
  }

  /** Evenly between half and one and a half of the mean. */
  #drawLength(state: PromptState): number {
    const mean = this.#options.outputTokensMean ?? OUTPUT_TOKENS_MEAN;
    return Math.max(1, Math.round(mean * (0.5 + drawNumber(state, LENGTH_DRAW) / 2 ** 32)));
  }

  #measure(plan: StepPlan): number {
    const slots = new Set([...plan.decode, ...plan.prefills.map((chunk) => chunk.slot)]);
    const contextOf = (slot: SequenceSlot) => {
      const { promptTokens, outputTokens } = this.#require(slot);
      // The step that ends a prompt reads the prompt alone.
      return promptTokens + (outputTokens > 1 ? outputTokens : 0);
    };
    return modelStepMs(this.#timing, {
      prefillTokens: plan.prefills.reduce((sum, chunk) => sum + chunk.tokens.length, 0),
      calls: slots.size,
      contextTokens: [...slots].reduce((sum, slot) => sum + contextOf(slot), 0),
    });
  }

  #require(slot: SequenceSlot): SimSequence {
    const sequence = this.#sequences.get(slot);
    invariant(sequence !== undefined, `slot ${slot} was not begun`);
    return sequence;
  }
}

/** One of the tokens that keep to the schema; its end as soon as the text is long enough and may end. */
function drawAllowed(
  allowed: AllowedTokens,
  draw: number,
  isOver: boolean,
  endToken: number,
): number {
  if (isOver && allowed.has(endToken)) return endToken;
  const tokens = allowed.few(Number.POSITIVE_INFINITY)!;
  return tokens[draw % tokens.length]!;
}

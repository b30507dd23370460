import { randomBytes } from 'node:crypto';
import type { ModelFile } from '@helium/model';
import { HeliumError, invariant } from '@helium/shared';
import type {
  ExecutorLimits,
  PrefillChunk,
  SequenceBegin,
  SequenceSlot,
  StepExecutor,
  StepOutput,
  StepPlan,
} from '../../batching/step-executor.ts';
import { SampledTokens } from '../sampled-tokens.ts';
import { decodeRows } from './drafts/decode-rows.ts';
import { SEGMENT_TOKENS } from './graph/segment-sums.ts';
import { chooseForm } from './graph-form.ts';
import type { HeadRows } from './graph-runner.ts';
import { BlockStore } from './kv/block-store.ts';
import { DecodeCohorts, type SlabCohort } from './kv/decode-cohorts.ts';
import { kvBudget } from './kv/kv-budget.ts';
import { type KvShape, kvShapeOf, sliceChunk } from './kv/kv-chunk.ts';
import { MemoryWarmer } from './kv/memory-warmer.ts';
import { slabCapacityFor } from './kv/slab-layout.ts';
import { type ModelGraphs, openModelGraphs } from './model-graphs.ts';
import { checkOptions, type OnnxOptions } from './onnx-options.ts';
import { halveLoneChunk } from './prefill/halve-lone-chunk.ts';
import type { StartedChunk } from './prefill/prefill-pipeline.ts';
import { type PromptEnd, PromptEnds } from './prompt-ends.ts';
import { TokenSampler } from './sampling/token-sampler.ts';
import { Sequence } from './sequence.ts';

/** Tokens of a KV block. Any number would give the same bits: this is how finely prefixes are reused. */
const BLOCK_TOKENS = 16;
/** Tokens of a prefill pass: each reads all weights, and attention's scores must stay in cache. */
export const CHUNK_TOKENS = 96;
const CHUNK_TOKENS_MAX = 128;

/**
 * Prefill chunks of one step at most, for each of the pipeline's threads. Others wait as long for their next
 * token, some 0.5 s; with fewer, sequences begin to decode in more and smaller groups, and each costs a step
 * and perhaps a move.
 */
const STEP_CHUNKS = 5;
const PIPELINE_THREADS = 2;

/**
 * Full steps of prefill that decoding calls sit out: as many as 64 calls of 96 tokens take, on two threads. Each
 * step with few decoding calls costs nearly what one with all of them does, and calls that begin together end
 * together, so that what reads them begins together too.
 */
const HELD_STEPS_MAX = 8;

/** A third of a pass: a fourth more work for what nobody waits for, so that a call that comes is served at once. */
const PREFETCH_TOKENS = 2 * BLOCK_TOKENS;

/**
 * Opens a model for stepping; builds its graphs on first use. Throws CONFIG_INVALID for options out of
 * range, MODEL_UNSUPPORTED, KV_TOO_SMALL, MODEL_INVALID, STORE_UNAVAILABLE (graph folder), ENGINE_FAILED.
 */
export async function createOnnxExecutor(
  model: ModelFile,
  options: OnnxOptions,
): Promise<StepExecutor> {
  checkOptions(options, model.config);
  const shape = kvShapeOf(model.config);
  const { mib, notice } = kvBudget(options, leastKvMib(options, shape), model.config);
  if (notice !== undefined) options.notice?.(notice);
  const capacity = Math.floor((mib * 2 ** 20) / shape.bytesPerToken);
  const { kernels } = await chooseForm(options);
  const limits = executorLimits(model, options, capacity, kernels);
  const graphs = await openModelGraphs(model, options);
  return new OnnxExecutor(limits, graphs, {
    shape,
    slabTokens: capacity - limits.kvTokens,
    drawSeed: options.drawSeed ?? drawSeed,
    promptLookup: graphs.takesDrafts && (options.promptLookup ?? true),
  });
}

function leastTokens({ maxBatch }: OnnxOptions): number {
  return maxBatch * SEGMENT_TOKENS + BLOCK_TOKENS;
}

function leastKvMib(options: OnnxOptions, { bytesPerToken }: KvShape): number {
  return Math.ceil((leastTokens(options) * bytesPerToken) / 2 ** 20);
}

function executorLimits(
  model: ModelFile,
  options: OnnxOptions,
  capacityTokens: number,
  kernels: string,
): ExecutorLimits {
  const kvTokens = cachedTokens(capacityTokens);
  const needed = leastTokens(options);
  const stepTokens = STEP_CHUNKS * Math.min(options.threads, PIPELINE_THREADS) * CHUNK_TOKENS;
  if (capacityTokens < needed) {
    throw new HeliumError(
      'KV_TOO_SMALL',
      `${options.kvMib} MiB of KV hold ${capacityTokens} tokens of model ${model.config.name}; ` +
        `${options.maxBatch} sequences need ${needed} at least`,
    );
  }
  return {
    engine: 'onnx',
    device: `${options.device ?? 'cpu'}, ${options.precision}, kernels ${kernels}`,
    contextTokens: options.contextTokens || model.config.contextTokens,
    blockTokens: BLOCK_TOKENS,
    chunkTokens: CHUNK_TOKENS,
    chunkTokensMax: CHUNK_TOKENS_MAX,
    kvTokens,
    kvTokensAlone: aloneTokens(capacityTokens),
    maxBatch: options.maxBatch,
    prefillTokensBusy: stepTokens,
    prefillTokensIdle: stepTokens,
    heldStepsMax: HELD_STEPS_MAX,
    prefetchTokens: PREFETCH_TOKENS,
  };
}

/**
 * Half of the memory is for blocks and prompts, half for the slabs of decoding sequences: then the
 * longest sequence that the first half takes finds room in the second. What decoding sequences have in common
 * is in both, but once in each.
 */
function cachedTokens(capacityTokens: number): number {
  const half = (capacityTokens - SEGMENT_TOKENS) / 2;
  return Math.floor(half / BLOCK_TOKENS) * BLOCK_TOKENS;
}

/**
 * A sequence alone may have all of the memory, first as prompt and then as slab, which is whole segments. Only while
 * it moves from one to the other are both there.
 */
function aloneTokens(capacityTokens: number): number {
  return Math.floor((capacityTokens - SEGMENT_TOKENS) / BLOCK_TOKENS) * BLOCK_TOKENS;
}

interface ExecutorSettings {
  readonly shape: KvShape;
  /** KV tokens that slabs may take. */
  readonly slabTokens: number;
  readonly drawSeed: () => bigint;
  readonly promptLookup: boolean;
}

/**
 * Steps on onnxruntime. A sequence's tokens are a function of its prompt and sampling alone: prefill gives
 * a token the same bits in every chunk, a decoding row's products do not depend on the other rows
 * or on the slab's capacity, and int8 layers are exact sums. Where a split decides how floats are
 * summed, it is a property of the prompt, never of the schedule.
 */
class OnnxExecutor implements StepExecutor {
  readonly limits: ExecutorLimits;
  readonly opened: Promise<void>;
  private readonly graphs: ModelGraphs;
  private readonly settings: ExecutorSettings;
  private readonly sequences = new Map<SequenceSlot, Sequence>();
  private readonly blocks: BlockStore;
  private readonly ends = new PromptEnds(BLOCK_TOKENS);
  private readonly cohorts: DecodeCohorts;
  private readonly warmer: MemoryWarmer;
  private isOpened = false;
  /** Sequences whose prompt ended, and that have not decoded yet. */
  private joining: readonly Sequence[] = [];

  constructor(limits: ExecutorLimits, graphs: ModelGraphs, settings: ExecutorSettings) {
    this.limits = limits;
    this.graphs = graphs;
    this.opened = graphs.opened;
    const noteOpened = () => {
      this.isOpened = true;
    };
    // Whoever steps hears of what fails.
    this.opened.then(noteOpened, () => {});
    this.settings = settings;
    this.blocks = new BlockStore(settings.shape);
    this.cohorts = new DecodeCohorts(settings.shape);
    const kvTokens = limits.kvTokens + settings.slabTokens;
    this.warmer = new MemoryWarmer(kvTokens * settings.shape.bytesPerToken);
  }

  /** Memory for KV, once the graphs have theirs. */
  prepareMore(): boolean {
    return this.isOpened && this.warmer.step();
  }

  async step(plan: StepPlan): Promise<StepOutput> {
    const started = performance.now();
    const sampled = new SampledTokens();
    this.warmer.interrupt(tokensOf(plan) * this.settings.shape.bytesPerToken);
    this.release(plan.releaseSequences);
    if (plan.releaseBlocks.length > 0) await this.graphs.pipeline.settle();
    this.blocks.release(plan.releaseBlocks);
    this.ends.releaseBlocks(plan.releaseBlocks);
    for (const begin of plan.begin) this.begin(begin);
    const { overlaps, isIdle } = this.graphs.pipeline;
    // Behind a chunk that is still underway both stages have work as it is.
    const isHalved = overlaps && isIdle;
    const chunks = isHalved ? halveLoneChunk(plan.prefills, BLOCK_TOKENS) : plan.prefills;
    await this.prefill(chunks, sampled);
    await this.decode(plan.decode, sampled);
    return sampled.output(performance.now() - started);
  }

  async close(): Promise<void> {
    this.warmer.interrupt(Number.POSITIVE_INFINITY);
    this.cohorts.close();
    this.sequences.clear();
    this.blocks.clear();
    await this.graphs.close();
  }

  private begin(begin: SequenceBegin): void {
    const { slot, blocks, tokensMax } = begin;
    invariant(!this.sequences.has(slot), `sequence slot ${slot} is taken`);
    invariant(tokensMax <= this.limits.contextTokens, `sequence slot ${slot}: ${tokensMax} tokens`);
    const prefix = blocks.map((block) => this.blocks.require(block));
    const sampler = new TokenSampler(begin, begin.sampling.seed ?? this.settings.drawSeed());
    const { promptLookup } = this.settings;
    this.sequences.set(slot, new Sequence(begin, sampler, prefix, promptLookup));
  }

  private release(slots: readonly SequenceSlot[]): void {
    for (const slot of slots) {
      const sequence = this.requireSequence(slot);
      this.sequences.delete(slot);
      this.ends.release(slot);
      this.joining = this.joining.filter((other) => other !== sequence);
    }
    this.cohorts.leave(slots, this.settings.slabTokens);
  }

  /**
   * Chunks that end no prompt may still be underway when the step ends: the next one's first stage
   * then runs beside their last. A prompt's end that another sequence has is taken from there.
   */
  private async prefill(chunks: readonly PrefillChunk[], sampled: SampledTokens): Promise<void> {
    const ended: EndedPrompt[] = [];
    for (const planned of chunks) {
      const sequence = this.requireSequence(planned.slot);
      const known = this.ends.find(planned, sequence.blocks);
      if (known !== undefined) this.takeEnd(sequence, planned, known, sampled);
      else {
        const started = await this.startChunk(sequence, planned);
        if (planned.last) ended.push({ sequence, planned, started });
      }
    }
    if (ended.length === 0) return;
    const residuals = await Promise.all(ended.map(lastResidual));
    const head = await this.graphs.runner.head(residuals);
    ended.forEach(({ sequence, planned, started: { chunk } }, row) => {
      this.ends.keep(planned, sequence.blocks, { chunk, head, row });
      this.joining = [...this.joining, sequence];
      this.sample(sequence, head, row, sampled);
    });
  }

  private takeEnd(
    sequence: Sequence,
    { start, tokens, last }: PrefillChunk,
    { tail, head, row }: PromptEnd,
    sampled: SampledTokens,
  ): void {
    sequence.checkChunk(start, tokens.length, last, this.limits);
    sequence.addChunk(tail);
    this.joining = [...this.joining, sequence];
    this.sample(sequence, head, row, sampled);
  }

  private async startChunk(
    sequence: Sequence,
    { start, tokens, storeAs, last }: PrefillChunk,
  ): Promise<StartedChunk> {
    sequence.checkChunk(start, tokens.length, last, this.limits);
    const started = await this.graphs.pipeline.start(tokens, sequence.chunks);
    const stored = storeAs.length * BLOCK_TOKENS;
    invariant(stored <= tokens.length, `${stored} tokens of a chunk of ${tokens.length} stored`);
    sequence.addChunk(started.chunk);
    storeAs.forEach((block, i) => {
      const from = i * BLOCK_TOKENS;
      sequence.blocks.push(block);
      this.blocks.put(block, sliceChunk(started.chunk, from, from + BLOCK_TOKENS));
    });
    return started;
  }

  private async decode(slots: readonly SequenceSlot[], sampled: SampledTokens): Promise<void> {
    for (const slot of slots) {
      invariant(!sampled.has(slot), `sequence slot ${slot} prefills and decodes in one step`);
    }
    if (slots.length === 0) return;
    await this.graphs.pipeline.settle();
    const wanted = new Set(slots);
    const deferred = this.admit(wanted);
    this.cohorts.makeRoom(wanted, this.slabTokens);
    for (const cohort of this.cohorts.slabs) await this.decodeCohort(cohort, wanted, sampled);
    const missed = slots.filter((slot) => !sampled.has(slot) && !deferred.has(slot));
    invariant(missed.length === 0, `sequence slots ${missed} have no prompt to decode after`);
    invariant(deferred.size < slots.length, `no room for any of ${slots.length} sequences`);
    sampled.defer(deferred);
  }

  /**
   * Gives slab rows to sequences whose prompt ended, as late as their first decode step, the first come
   * first. Returns those that find no room yet.
   */
  private admit(wanted: ReadonlySet<SequenceSlot>): ReadonlySet<SequenceSlot> {
    const waiting = this.joining.filter(({ slot }) => wanted.has(slot));
    const members = waiting.map(({ slot, chunks, tokensMax }) => ({ slot, chunks, tokensMax }));
    const count = this.cohorts.roomFor(members, this.slabTokens);
    const deferred = new Set(waiting.slice(count).map(({ slot }) => slot));
    this.joining = this.joining.filter(({ slot }) => !wanted.has(slot) || deferred.has(slot));
    this.cohorts.join(members.slice(0, count), this.slabTokens);
    for (const sequence of waiting.slice(0, count)) sequence.dropChunks();
    return deferred;
  }

  private async decodeCohort(
    { slab, slots }: SlabCohort,
    wanted: ReadonlySet<SequenceSlot>,
    sampled: SampledTokens,
  ): Promise<void> {
    const isWanted = (slot: number) => wanted.has(slot);
    if (!slots.some((slot) => slot !== undefined && isWanted(slot))) return;
    const rows = slots.slice(0, slab.rows).map((slot) => {
      if (slot === undefined) return undefined;
      return { sequence: this.requireSequence(slot), isWanted: isWanted(slot) };
    });
    await decodeRows(this.graphs, slab, rows, sampled);
  }

  private sample(sequence: Sequence, head: HeadRows, row: number, sampled: SampledTokens): void {
    const { slot } = sequence;
    sampled.add(slot, () => sequence.choose(this.graphs.scorer.scoresOf(head, row)));
  }

  /** What slabs may take now: more where the only sequence there is needs more. */
  private get slabTokens(): number {
    const [first, second] = this.sequences.values();
    if (first === undefined || second !== undefined) return this.settings.slabTokens;
    return Math.max(this.settings.slabTokens, slabCapacityFor(first.tokensMax));
  }

  private requireSequence(slot: SequenceSlot): Sequence {
    const sequence = this.sequences.get(slot);
    invariant(sequence !== undefined, `sequence slot ${slot} is not in use`);
    return sequence;
  }
}

/** A prompt, and its last chunk on the way. */
interface EndedPrompt {
  readonly sequence: Sequence;
  readonly planned: PrefillChunk;
  readonly started: StartedChunk;
}

/**
 * What the head is given for a prompt that ended. Rounding to 8 bits may hide that something in the prompt's KV
 * is not a number; then the logits shall not be either.
 */
async function lastResidual({ sequence, started }: EndedPrompt): Promise<Float32Array> {
  const residual = await started.residual;
  const isBroken = sequence.chunks.some(({ record }) => record.isBroken);
  return isBroken ? residual.fill(Number.NaN) : residual;
}

/** Tokens whose KV a step makes. */
function tokensOf({ prefills, decode }: StepPlan): number {
  return prefills.reduce((sum, { tokens }) => sum + tokens.length, decode.length);
}

function drawSeed(): bigint {
  return randomBytes(8).readBigUInt64LE();
}

import {
  type Call,
  type CallId,
  type CallResult,
  type HeliumError,
  invariant,
  type PrefixDirective,
  sequenceBlockHashes,
} from '@helium/shared';
import type { EngineEvent, EngineLoad } from '../engine/engine.ts';
import { createResidency, type Residency } from '../kv/index.ts';
import { findCallFault, findPromptFault } from './check-call.ts';
import { DecodeHold } from './decode-hold.ts';
import { describeLogprob } from './describe-logprob.ts';
import { errorResult } from './error-result.ts';
import type { PlannedChunk, PlannedStep } from './planned-step.ts';
import { kvBudgetOf, type PlannerOptions } from './planner-options.ts';
import { Prefetcher } from './prefetcher.ts';
import { PrefillBudget } from './prefill-budget.ts';
import { PromptFiller } from './prompt-filler.ts';
import {
  addToken,
  createSequence,
  type EndReason,
  endResult,
  limitOutput,
  measureUsage,
  reusableHashes,
  type Sequence,
} from './sequence.ts';
import { beginOf } from './sequence-begin.ts';
import { SlotPool } from './slot-pool.ts';
import type {
  PrefillChunk,
  SequenceBegin,
  StepOutput,
  StepPlan,
  TokenConstraint,
} from './step-executor.ts';
import { measureStep } from './step-measurement.ts';
import { WaitingLine } from './waiting-line.ts';

/**
 * Decides every step of continuous batching (vLLM's scheduler: `schedule`, `update_from_output`).
 * Pure: `planStep` says what the executor shall do, `applyStep` takes what it did; between the two,
 * calls may come and be cancelled. Sequences join and leave at any step. Every decoding call is in
 * every step, with at most `prefillTokensBusy` prefill tokens beside it (one chunk, where that is
 * more); but while prompts fill whole steps and nobody streams, up to `heldStepsMax` steps only prefill.
 * Calls are admitted in order of `call.order`, then arrival; one that lacks memory holds
 * back those after it, one that waits for a block another is computing does not. Nothing that was
 * admitted is ever put back.
 *
 * Generated tokens' KV is never stored for others: decode computes one row at a time, and its KV is
 * not bit for bit that of a prefill chunk, so reuse would make outputs depend on timing.
 */
export class Planner {
  readonly residency: Residency;
  readonly #options: PlannerOptions;
  readonly #filler: PromptFiller;
  readonly #prefetcher: Prefetcher;
  readonly #slots: SlotPool;
  readonly #hold: DecodeHold;
  readonly #sequences = new Map<CallId, Sequence>();
  readonly #waiting = new WaitingLine<Sequence>();
  /** In order of admission. */
  #prefilling: Sequence[] = [];
  /** In order of their first tokens. */
  #decoding: Sequence[] = [];
  #planned: PlannedStep | undefined;
  #stepTokens = new Map<CallId, readonly number[]>();
  #events: EngineEvent[] = [];
  #arrivals = 0;

  constructor(options: PlannerOptions) {
    this.#options = options;
    const { blockTokens, maxBatch, prefetchTokens, heldStepsMax } = options.limits;
    const kv = kvBudgetOf(options);
    this.residency = createResidency(kv, options.eviction);
    this.#filler = new PromptFiller({
      residency: this.residency,
      limits: options.limits,
      callTokensMax: kv.kvTokensAlone - kv.pinBudgetBlocks * blockTokens,
    });
    this.#prefetcher = new Prefetcher({
      residency: this.residency,
      filler: this.#filler,
      blockTokens,
      stepTokensMax: prefetchTokens,
      emit: (event) => this.#events.push(event),
    });
    this.#slots = new SlotPool(maxBatch);
    this.#hold = new DecodeHold(heldStepsMax);
  }

  get load(): EngineLoad {
    const { privateTokens, residentBlocks, reservedBlocks } = this.residency.counters;
    const blocks = residentBlocks + reservedBlocks;
    const kvTokensUsed = privateTokens + blocks * this.#options.limits.blockTokens;
    return { runningCalls: this.#runningCalls, queuedCalls: this.#waiting.size, kvTokensUsed };
  }

  get #runningCalls(): number {
    return this.#prefilling.length + this.#decoding.length;
  }

  /**
   * Queues a call with its prompt's tokens. A call that can never run ends with an error at once.
   * An id that has not finished is the same call again, and is ignored. Its text keeps to
   * `constraint`.
   */
  submit(call: Call, prompt: Int32Array, nowMs: number, constraint?: TokenConstraint): void {
    if (this.#sequences.has(call.id)) return;
    const fault = this.#findFault(call, prompt);
    if (fault !== undefined) {
      this.answer(errorResult(call, fault));
      return;
    }
    const sequence = createSequence(call, prompt, {
      limits: this.#options.limits,
      decoder: this.#options.createDecoder(false),
      arrival: this.#arrivals++,
      nowMs,
      ...(constraint === undefined ? {} : { constraint }),
    });
    this.#sequences.set(call.id, sequence);
    this.#waiting.add(sequence);
    this.residency.expectUse(reusableHashes(sequence), call.order);
  }

  /** Ends a call that was never queued. */
  answer(result: CallResult): void {
    this.#events.push({ kind: 'finished', result });
  }

  /**
   * Ends the call now, or when the planned step has been applied; with `unlessBegun` only while it
   * waits. Unknown ids have finished already.
   */
  cancel(id: CallId, nowMs: number, unlessBegun = false): void {
    const sequence = this.#sequences.get(id);
    if (sequence === undefined) return;
    if (unlessBegun && sequence.fill !== undefined) return;
    if (this.#planned === undefined || sequence.fill === undefined) {
      this.#finish(sequence, 'cancelled', nowMs);
    } else {
      sequence.isCancelled = true;
    }
  }

  cancelAll(nowMs: number): void {
    for (const id of [...this.#sequences.keys()]) this.cancel(id, nowMs);
  }

  direct(directive: PrefixDirective): void {
    if (directive.kind === 'nextUse') {
      this.residency.setNextUse(directive.block, directive.nextUse);
    } else {
      this.#directPrefix(directive);
    }
  }

  /**
   * The next step, or undefined when there is nothing to do. Its output must be applied before the
   * next.
   */
  planStep(nowMs: number): StepPlan | undefined {
    invariant(this.#planned === undefined, 'a step is planned and not applied');
    const plan = this.#sequences.size > 0 ? this.#planCalls(nowMs) : this.#planPrefetch();
    this.#emitResidency();
    return plan;
  }

  applyStep(output: StepOutput, nowMs: number): void {
    const planned = this.#planned;
    invariant(planned !== undefined, 'no step is planned');
    this.#planned = undefined;
    this.#stepTokens = new Map();
    const before = planned.decode.map(({ outputTokens }) => outputTokens);
    this.#applyPrefetch(planned.prefetch);
    for (const { sequence, chunk } of planned.calls) this.#filler.advance(sequence.fill!, chunk);
    for (const sequence of [...this.#prefilling, ...this.#decoding]) {
      if (sequence.isCancelled) this.#finish(sequence, 'cancelled', nowMs);
    }
    const prompted = planned.calls.filter((part) => part.chunk.last).map((part) => part.sequence);
    for (const sequence of [...planned.decode, ...prompted]) {
      if (!sequence.isCancelled) this.#applySlot(sequence, output, nowMs);
    }
    const step = measureStep(planned, before, output);
    this.#emitResidency();
    const { load } = this;
    const { drafts } = output;
    const tokens = this.#stepTokens;
    this.#events.push({ kind: 'stepped', step, load, tokens, ...(drafts && { drafts }) });
  }

  /**
   * Ends every call with this error: the executor cannot go on. The planner must not be used again.
   */
  fail(error: HeliumError, nowMs: number): void {
    this.#planned = undefined;
    for (const sequence of [...this.#sequences.values()]) this.#finish(sequence, error, nowMs);
  }

  takeEvents(): EngineEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  #directPrefix(directive: Exclude<PrefixDirective, { readonly kind: 'nextUse' }>): void {
    const { blockTokens, contextTokens } = this.#options.limits;
    // No prompt is longer than the context, so neither is what prompts share.
    const usable = directive.tokens.subarray(0, contextTokens);
    const hashes = sequenceBlockHashes(usable, blockTokens, directive.cacheSalt);
    if (directive.kind === 'prefetch') {
      if (directive.pin) this.residency.pin(hashes);
      const tokens = usable.subarray(0, hashes.length * blockTokens);
      this.#prefetcher.add(tokens, hashes, directive.nextUse);
    } else if (directive.kind === 'pin') {
      this.residency.pin(hashes);
    } else {
      this.residency.unpin(hashes);
    }
  }

  #findFault(call: Call, prompt: Int32Array): HeliumError | undefined {
    const { contextTokens } = this.#options.limits;
    const fault = findCallFault(call) ?? findPromptFault(prompt, contextTokens);
    if (fault !== undefined) return fault;
    return this.#filler.findFault(prompt.length, limitOutput(call, prompt, contextTokens));
  }

  #planCalls(nowMs: number): StepPlan {
    const yielded = this.#prefetcher.yield();
    if (yielded !== undefined) this.#slots.release(yielded);
    const budget = this.#createBudget(this.#decoding.length);
    const calls: PlannedChunk[] = [];
    for (const sequence of this.#prefilling) calls.push(...this.#planChunks(sequence, budget));
    const begin = this.#admit(budget, calls, nowMs);
    const isFull = calls.length > 0 && budget.isFull(this.#options.limits.chunkTokens);
    const decode = this.#hold.release(this.#decoding, isFull);
    invariant(calls.length + decode.length > 0, 'calls wait and none can run');
    this.#planned = { calls, prefetch: [], decode };
    return {
      ...this.#takeReleases(),
      begin,
      prefills: calls.map((part) => part.chunk),
      decode: decode.map((sequence) => sequence.fill!.slot),
    };
  }

  #planPrefetch(): StepPlan | undefined {
    const slot = this.#slots.first();
    const step = this.#prefetcher.plan(slot);
    if (step === undefined) return undefined;
    if (step.begin.length > 0) this.#slots.take(slot);
    this.#planned = { calls: [], prefetch: step.prefills, decode: [] };
    return { ...this.#takeReleases(), ...step, decode: [] };
  }

  #takeReleases() {
    return {
      releaseSequences: this.#slots.takeReleased(),
      releaseBlocks: this.residency.takeReleasedBlocks(),
    };
  }

  #createBudget(decoding: number): PrefillBudget {
    const { prefillTokensBusy, prefillTokensIdle } = this.#options.limits;
    const { stepTokensMax = Number.POSITIVE_INFINITY } = this.#options;
    const most = decoding > 0 ? prefillTokensBusy : prefillTokensIdle;
    return new PrefillBudget(Math.min(most, stepTokensMax - decoding));
  }

  #planChunks(sequence: Sequence, budget: PrefillBudget): PlannedChunk[] {
    const fill = sequence.fill!;
    const parts: PlannedChunk[] = [];
    for (let start = fill.filledTokens; start < fill.prompt.length; ) {
      const chunk = this.#filler.chunkAt(fill, start, fill.prompt.length, true);
      if (!budget.take(chunk.tokens.length)) break;
      parts.push({ sequence, chunk });
      start += chunk.tokens.length;
    }
    return parts;
  }

  #admit(budget: PrefillBudget, calls: PlannedChunk[], nowMs: number): SequenceBegin[] {
    const { blockTokens } = this.#options.limits;
    const begin: SequenceBegin[] = [];
    for (const sequence of this.#waiting) {
      // How much of its prompt is left to compute is known once it has begun.
      if (!budget.canTake(blockTokens) || !this.#slots.hasFree) break;
      const { waitsFor, request } = sequence;
      if (waitsFor !== undefined && this.#filler.isInFlight(waitsFor)) continue;
      const isAlone = this.#runningCalls === 0;
      const outcome = this.#filler.begin(request, this.#slots.first(), isAlone);
      if (outcome.kind === 'noRoom') break;
      if (outcome.kind === 'inFlight') {
        sequence.waitsFor = outcome.block;
        continue;
      }
      sequence.fill = outcome.fill;
      begin.push(this.#start(sequence, nowMs));
      const chunks = this.#planChunks(sequence, budget);
      if (chunks.length === 0) break;
      calls.push(...chunks);
    }
    return begin;
  }

  #start(sequence: Sequence, nowMs: number): SequenceBegin {
    const { slot, handle } = sequence.fill!;
    this.#slots.take(slot);
    this.#waiting.delete(sequence);
    this.#prefilling.push(sequence);
    this.residency.endUse(reusableHashes(sequence), sequence.order, true);
    sequence.startedMs = nowMs;
    return beginOf(sequence, slot, [...handle!.blocks]);
  }

  #applyPrefetch(chunks: readonly PrefillChunk[]): void {
    if (chunks.length === 0) return;
    const slot = this.#prefetcher.apply(chunks);
    if (slot !== undefined) this.#slots.release(slot);
  }

  #applySlot(sequence: Sequence, output: StepOutput, nowMs: number): void {
    const { slot } = sequence.fill!;
    const failure = output.failures?.get(slot);
    if (failure !== undefined) {
      this.#finish(sequence, failure, nowMs);
      return;
    }
    if (output.deferred?.has(slot)) return;
    const token = output.tokens.get(slot);
    invariant(token !== undefined, `the step gave no token for slot ${slot}`);
    if (sequence.outputTokens === 0) this.#beginDecoding(sequence, nowMs);
    const first = { token, logprob: output.logprobs?.get(slot) };
    const tokens: number[] = [];
    for (const { token, logprob } of [first, ...(output.further?.get(slot) ?? [])]) {
      if (logprob !== undefined) {
        sequence.logprobs.push(describeLogprob(token, logprob, this.#options.createDecoder));
      }
      const end = addToken(sequence, token, this.#options.endTokenIds);
      // What came after its end is no part of the text.
      if (end !== undefined) {
        this.#finish(sequence, end, nowMs);
        return;
      }
      tokens.push(token);
    }
    this.#stepTokens.set(sequence.call.id, tokens);
    if (sequence.call.streamDeltas) this.#emitDelta(sequence);
  }

  #beginDecoding(sequence: Sequence, nowMs: number): void {
    sequence.firstTokenMs = nowMs;
    this.#prefilling = this.#prefilling.filter((other) => other !== sequence);
    this.#decoding.push(sequence);
  }

  #emitDelta(sequence: Sequence): void {
    const { offset, text } = sequence.stream.takeDelta();
    if (text === '') return;
    const tokens = sequence.outputTokens - sequence.deltaTokens;
    sequence.deltaTokens = sequence.outputTokens;
    this.#events.push({ kind: 'delta', delta: { id: sequence.call.id, offset, text, tokens } });
  }

  /** The one way out of the planner for a call that was queued. */
  #finish(sequence: Sequence, reason: EndReason | HeliumError, nowMs: number): void {
    const { call, stream, fill } = sequence;
    this.#sequences.delete(call.id);
    this.#forget(sequence);
    const usage = measureUsage(sequence, this.#options.limits.blockTokens, nowMs);
    if (fill !== undefined) {
      this.#filler.end(fill);
      this.#slots.release(fill.slot);
    }
    stream.end();
    if (call.streamDeltas) this.#emitDelta(sequence);
    this.#events.push({ kind: 'finished', result: endResult(sequence, reason, usage) });
  }

  #forget(sequence: Sequence): void {
    if (sequence.fill === undefined) {
      this.#waiting.delete(sequence);
      this.residency.endUse(reusableHashes(sequence), sequence.order, false);
    } else {
      this.#prefilling = this.#prefilling.filter((other) => other !== sequence);
      this.#decoding = this.#decoding.filter((other) => other !== sequence);
    }
  }

  #emitResidency(): void {
    for (const event of this.residency.takeEvents())
      this.#events.push({ kind: 'residency', event });
  }
}

import { KeyedHeap } from '@helium/shared';
import type { StepTiming } from '../instance.ts';
import type { InstanceIndex } from '../instance-index.ts';
import type { CallQueue } from './call-queue.ts';
import { type CacheOptions, SimPrefixCache } from './sim-prefix-cache.ts';

/** Told of every call that starts, with the prompt tokens that it finds resident. */
export type AdmitListener = (call: number, reusedTokens: number) => void;

export interface SimWorkerOptions {
  readonly timing: StepTiming;
  readonly maxInflight: number;
  readonly onAdmit?: AdmitListener;
  readonly cache?: CacheOptions;
  /** By call: output tokens that are there already, and then its prompt is computed. */
  readonly generated?: Int32Array;
}

/** A call while it runs. */
interface Running {
  readonly call: number;
  /** Of its prompt in the trie, and what the cache calls the nodes. */
  readonly nodes: Int32Array;
  readonly path: Int32Array;
  /** Prompt tokens still to be computed. */
  todo: number;
  /** Prompt tokens scheduled so far, hits included. */
  current: number;
  /** How many nodes of the path are pinned and in the tree. */
  published: number;
  /** Tokens of room that are not in the tree yet. */
  reserved: number;
}

/**
 * One engine with continuous batching (`PROBLEM.md`, section 5). It runs in strides: one step that
 * prefills, or as many steps as all decoding calls stay the same. A stride is begun, may be cut
 * short when a call becomes available, and is ended; floating-point operations keep the evaluator's
 * order, so that times agree to the last digit.
 */
export class SimWorker {
  readonly #index: InstanceIndex;
  readonly #timing: StepTiming;
  readonly #queue: CallQueue;
  readonly #cache: SimPrefixCache;
  readonly #maxRunning: number;
  readonly #onAdmit: AdmitListener | undefined;
  readonly #generated: Int32Array | undefined;
  #prefilling: Running[] = [];
  /** Decoding calls by the step in which they finish; values are keys of `#decodingByOrder`. */
  #decoding = new KeyedHeap();
  readonly #decodingByOrder: (Running | undefined)[] = [];
  /** The call that there was no room for, and what the cache's changes counted then. */
  #refused = -1;
  #refusedAt = -1;
  #contextTokens = 0;
  #step = 0;
  #begunAt = 0;
  #strideSteps = 0;
  #strideCalls = 0;
  /** Duration of a stride that prefills; undefined for a stride that only decodes. */
  #prefillSeconds: number | undefined;
  /** When the stride ends; Infinity while idle. */
  endsAt = Number.POSITIVE_INFINITY;
  hitTokens = 0;
  promptTokens = 0;
  /** Σ calls over all steps. */
  callSteps = 0;
  /** Σ context tokens over all steps, and the time of the steps, of the strides that have ended. */
  #contextSteps = 0;
  #busySeconds = 0;
  #prefillContext = 0;

  constructor(
    index: InstanceIndex,
    queue: CallQueue,
    options: SimWorkerOptions,
    prefixCache = new SimPrefixCache(index.trie, index.instance.kvCapacity, options.cache),
  ) {
    const { maxSeqs } = index.instance;
    this.#index = index;
    this.#queue = queue;
    this.#timing = options.timing;
    this.#cache = prefixCache;
    this.#maxRunning = Math.min(maxSeqs, options.maxInflight);
    this.#onAdmit = options.onAdmit;
    this.#generated = options.generated;
  }

  get isIdle(): boolean {
    return this.endsAt === Number.POSITIVE_INFINITY;
  }

  get steps(): number {
    return this.#step;
  }

  get evictedTokens(): number {
    return this.#cache.evictedTokens;
  }

  /** Starts the next stride at `now`, or goes idle when there is nothing to run. */
  begin(now: number): void {
    const decoding = this.#decoding.size;
    let budget = this.#index.instance.maxBatchedTokens - decoding;
    let context = 0;
    let touched = 0;
    let prefill = 0;
    for (let i = 0; budget > 0; i++) {
      const running = this.#prefilling[i] ?? this.#admit();
      if (!running) break;
      const tokens = Math.min(budget, running.todo);
      running.todo -= tokens;
      running.current += tokens;
      budget -= tokens;
      prefill += tokens;
      context += running.current;
      touched++;
      this.#publish(running);
    }
    this.#begunAt = now;
    this.#strideCalls = touched;
    this.#prefillContext = context;
    const { base, perPrefillToken, perCall, perContextToken } = this.#timing;
    this.#prefillSeconds = undefined;
    if (touched > 0) {
      this.#strideSteps = 1;
      this.#prefillSeconds =
        base +
        perPrefillToken * prefill +
        perCall * (decoding + touched) +
        perContextToken * (this.#contextTokens + decoding + context);
    } else if (decoding > 0) {
      this.#strideSteps = this.#decoding.peekKey()! - this.#step;
    } else {
      this.endsAt = Number.POSITIVE_INFINITY;
      return;
    }
    this.endsAt = this.#endOf(this.#strideSteps);
  }

  /**
   * A call has become available: a decoding stride ends at the first step boundary from `now` on.
   */
  interrupt(now: number): void {
    if (this.#canAdmit()) this.cut(now);
  }

  /** A decoding stride ends at the first step boundary from `now` on. */
  cut(now: number): void {
    if (this.isIdle || this.#prefillSeconds !== undefined) return;
    let low = 1;
    let high = this.#strideSteps;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (this.#endOf(middle) >= now) high = middle;
      else low = middle + 1;
    }
    if (low === this.#strideSteps) return;
    this.#strideSteps = low;
    this.endsAt = this.#endOf(low);
  }

  /** What it has stepped by `now`, whole steps of the stride it is in among it. O(log steps). */
  totalsAt(now: number): {
    readonly steps: number;
    readonly calls: number;
    readonly contextTokens: number;
    readonly seconds: number;
  } {
    const steps = this.#stepsUntil(now);
    const calls = this.#decoding.size;
    return {
      steps: this.#step + steps,
      calls: this.callSteps + steps * calls,
      contextTokens: this.#contextSteps + this.#strideContext(steps),
      seconds: this.#busySeconds + (steps === 0 ? 0 : this.#endOf(steps) - this.#begunAt),
    };
  }

  /** Steps of a stride that only decodes which have ended by `now`. */
  #stepsUntil(now: number): number {
    if (this.isIdle || this.#prefillSeconds !== undefined) return 0;
    let low = 0;
    let high = this.#strideSteps - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.#endOf(middle) <= now) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #strideContext(steps: number): number {
    const calls = this.#decoding.size;
    return steps * this.#contextTokens + (calls * steps * (steps + 1)) / 2 + this.#prefillContext;
  }

  /** Accounts for the stride; returns the calls that completed. */
  end(): number[] {
    this.#contextSteps += this.#strideContext(this.#strideSteps);
    this.#busySeconds += this.endsAt - this.#begunAt;
    const decoding = this.#decoding.size;
    this.#step += this.#strideSteps;
    this.callSteps += this.#strideSteps * decoding + this.#strideCalls;
    this.#contextTokens += decoding * this.#strideSteps;
    const finished: Running[] = [];
    while (this.#decoding.size > 0 && this.#decoding.peekKey()! <= this.#step) {
      const order = this.#decoding.pop()!;
      const running = this.#decodingByOrder[order]!;
      this.#decodingByOrder[order] = undefined;
      const { call } = running;
      this.#contextTokens -= this.#index.promptTokens[call]! + this.#index.out[call]!;
      finished.push(running);
    }
    this.#startDecoding(finished);
    for (const running of finished) this.#finish(running);
    return finished.map((running) => running.call);
  }

  /**
   * Between two strides: gives up calls that run; what they computed of their prompts stays resident.
   * O(calls that run).
   */
  abort(calls: ReadonlySet<number>): void {
    const isKept = ({ call }: Running) => !calls.has(call);
    for (const running of this.#prefilling) if (!isKept(running)) this.#letGo(running);
    this.#prefilling = this.#prefilling.filter(isKept);
    const decoding = this.#decoding;
    this.#decoding = new KeyedHeap();
    for (let end = decoding.peekKey(); end !== undefined; end = decoding.peekKey()) {
      const order = decoding.pop()!;
      const running = this.#decodingByOrder[order]!;
      if (isKept(running)) {
        this.#decoding.push(end, order);
        continue;
      }
      const { call } = running;
      const generated = this.#index.out[call]! - (end - this.#step);
      this.#contextTokens -= this.#index.promptTokens[call]! + generated;
      this.#letGo(running);
    }
  }

  #letGo({ path, published, reserved }: Running): void {
    this.#cache.release(path.subarray(0, published), reserved);
  }

  /** Calls whose prefill is through decode from now on; the prefill step gave their first token. */
  #startDecoding(finished: Running[]): void {
    const still: Running[] = [];
    for (const running of this.#prefilling) {
      const generated = this.#generated?.[running.call] ?? 0;
      const out = this.#index.out[running.call]! - generated;
      if (running.todo > 0) still.push(running);
      else if (out === 1) finished.push(running);
      else {
        const order = this.#decodingByOrder.push(running) - 1;
        this.#decoding.push(this.#step + out - 1, order);
        this.#contextTokens += this.#index.promptTokens[running.call]! + generated + 1;
      }
    }
    this.#prefilling = still;
  }

  #endOf(steps: number): number {
    if (this.#prefillSeconds !== undefined) return this.#begunAt + this.#prefillSeconds;
    const { base, perCall, perContextToken } = this.#timing;
    const calls = this.#decoding.size;
    return (
      this.#begunAt +
      steps * (base + perCall * calls + perContextToken * this.#contextTokens) +
      perContextToken * calls * ((steps * (steps + 1)) / 2)
    );
  }

  #canAdmit(): boolean {
    return (
      this.#prefilling.length + this.#decoding.size < this.#maxRunning &&
      this.#queue.peek() !== undefined
    );
  }

  #admit(): Running | undefined {
    if (!this.#canAdmit()) return undefined;
    const call = this.#queue.peek()!;
    // Nothing has changed since there was no room for it: it is asked again at every stride.
    if (call === this.#refused && this.#cache.changes === this.#refusedAt) return undefined;
    const nodes = this.#index.trie.paths[call]!;
    const path = this.#cache.pathOf(call);
    const prompt = this.#index.promptTokens[call]!;
    const published = this.#cache.residentLength(path);
    const hit = published > 0 ? this.#index.trie.depth[nodes[published - 1]!]! : 0;
    const reserved = prompt - hit + this.#index.out[call]!;
    if (!this.#cache.reserve(path, published, reserved)) {
      this.#refused = call;
      this.#refusedAt = this.#cache.changes;
      return undefined;
    }
    this.#queue.take();
    // The last prompt token is always computed: its logits give the first output token.
    const isBegun = (this.#generated?.[call] ?? 0) > 0;
    const current = isBegun ? prompt - 1 : Math.min(hit, prompt - 1);
    if (!isBegun) {
      this.hitTokens += current;
      this.promptTokens += prompt;
    }
    this.#onAdmit?.(call, current);
    const running = { call, nodes, path, todo: prompt - current, current, published, reserved };
    this.#prefilling.push(running);
    return running;
  }

  /** Puts the items that are now scheduled whole into the tree: others may hit them. */
  #publish(running: Running): void {
    const { nodes, path, current } = running;
    const { depth } = this.#index.trie;
    while (running.published < path.length && depth[nodes[running.published]!]! <= current) {
      running.reserved -= this.#cache.publish(path[running.published]!);
      running.published++;
    }
  }

  #finish(running: Running): void {
    const output = this.#index.trie.outputEnd[running.call]!;
    running.reserved -= this.#cache.publishOutput(this.#cache.slotOf(output));
    this.#cache.release(running.path, running.reserved);
  }
}

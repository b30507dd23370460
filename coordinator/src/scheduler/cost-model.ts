import { invariant } from '@helium/shared';
import type { Schedule } from './instance.ts';
import { type InstanceIndex, sharedTokens, tokenUsage } from './instance-index.ts';
import { flattenSchedule, infeasible, type Sequences } from './sequences.ts';

/** Evaluator 1: the analytic model in token steps, α = 1. All numbers are exact integers. */
export interface TokenStepReport {
  readonly makespan: number;
  /** The paper's normalised unit, α = 1/M. */
  readonly makespanOverM: number;
  readonly workerEnd: readonly number[];
  readonly workerBusy: readonly number[];
  readonly promptTokens: number;
  readonly prefillTokens: number;
  readonly savedTokens: number;
  readonly hitRate: number;
  /** Per call. */
  readonly completion: Float64Array;
}

/**
 * Starts and completions as early as the sequences allow (`PROBLEM.md`, section 3). Throws
 * SCHEDULE_INFEASIBLE, naming the call, and INVARIANT_BROKEN where the makespan leaves the integers
 * that a double holds exactly. O(Σ prompt items + dependencies).
 */
export function evaluateTokenSteps(index: InstanceIndex, schedule: Schedule): TokenStepReport {
  const run = new TokenStepRun(index, flattenSchedule(index.instance, schedule));
  run.complete();
  return run.report();
}

class TokenStepRun {
  readonly #index: InstanceIndex;
  readonly #sequences: Sequences['calls'];
  readonly #workerOf: Int32Array;
  readonly #completion: Float64Array;
  readonly #position: Int32Array;
  readonly #end: number[];
  readonly #busy: number[];
  #saved = 0;

  constructor(index: InstanceIndex, sequences: Sequences) {
    this.#index = index;
    this.#sequences = sequences.calls;
    this.#workerOf = new Int32Array(index.callCount);
    sequences.calls.forEach((calls, worker) => {
      for (const call of calls) this.#workerOf[call] = worker;
    });
    this.#completion = new Float64Array(index.callCount).fill(-1);
    this.#position = new Int32Array(sequences.calls.length);
    this.#end = sequences.calls.map(() => 0);
    this.#busy = sequences.calls.map(() => 0);
  }

  complete(): void {
    const woken = this.#sequences.map((_, worker) => worker);
    for (let worker = woken.pop(); worker !== undefined; worker = woken.pop()) {
      this.#advance(worker, woken);
    }
    this.#sequences.forEach((calls, worker) => {
      const call = calls[this.#position[worker]!];
      if (call === undefined) return;
      throw infeasible(
        `the order violates precedence: call ${call} on worker ${worker} can never start`,
      );
    });
  }

  report(): TokenStepReport {
    const makespan = this.#end.reduce((latest, end) => Math.max(latest, end), 0);
    invariant(Number.isSafeInteger(makespan), `makespan ${makespan} exceeds 2^53 token steps`);
    const promptTokens = this.#index.promptTokens.reduce((sum, tokens) => sum + tokens, 0);
    return {
      makespan,
      makespanOverM: makespan / this.#index.instance.kvCapacity,
      workerEnd: this.#end,
      workerBusy: this.#busy,
      promptTokens,
      prefillTokens: promptTokens - this.#saved,
      savedTokens: this.#saved,
      hitRate: promptTokens === 0 ? 0 : this.#saved / promptTokens,
      completion: this.#completion,
    };
  }

  /** Runs the worker's sequence up to the first call that waits for another worker. */
  #advance(worker: number, woken: number[]): void {
    const calls = this.#sequences[worker]!;
    for (;;) {
      const place = this.#position[worker]!;
      const call = calls[place];
      const begin = call === undefined ? undefined : this.#earliest(call, this.#end[worker]!);
      if (call === undefined || begin === undefined) return;
      const shared = place > 0 ? sharedTokens(this.#index, calls[place - 1]!, call) : 0;
      const usage = tokenUsage(this.#index, call, shared);
      this.#saved += shared;
      this.#busy[worker]! += usage;
      this.#end[worker] = begin + usage;
      this.#completion[call] = begin + usage;
      this.#position[worker] = place + 1;
      for (const next of this.#index.successors[call]!) {
        if (this.#workerOf[next] !== worker) woken.push(this.#workerOf[next]!);
      }
    }
  }

  /** Undefined while a dependency has not completed. */
  #earliest(call: number, free: number): number | undefined {
    let begin = free;
    for (const dep of this.#index.deps[call]!) {
      const completion = this.#completion[dep]!;
      if (completion < 0) return undefined;
      begin = Math.max(begin, completion + this.#index.delay[dep]!);
    }
    return begin;
  }
}

import { type Call, type CallResult, callId, GREEDY, type PrefixDirective } from '@helium/shared';
import type { EngineEvent } from '../engine/engine.ts';
import { createFakeDecoder, END_TOKEN, FakeExecutor } from './fake-executor.fixture.ts';
import { Planner } from './planner.ts';
import type { PlannerOptions } from './planner-options.ts';
import type { ExecutorLimits, StepPlan } from './step-executor.ts';

export const LIMITS: ExecutorLimits = {
  engine: 'sim',
  device: 'fake',
  contextTokens: 64,
  blockTokens: 4,
  chunkTokens: 4,
  chunkTokensMax: 4,
  kvTokens: 400,
  maxBatch: 8,
  prefillTokensBusy: 8,
  prefillTokensIdle: 16,
  heldStepsMax: 0,
  prefetchTokens: 8,
};

export function createCall(id: string, fields: Partial<Call> = {}): Call {
  return {
    id: callId(id),
    messages: [],
    sampling: GREEDY,
    maxTokens: 6,
    stop: [],
    reusePrefix: true,
    cacheSalt: '',
    order: 0,
    streamDeltas: true,
    ...fields,
  };
}

/** Options for outputs that run to their limit. */
export const ENDLESS = { endTokenIds: new Set<number>() };

/** A prompt of so many tokens; two with one seed share the shorter one as a prefix. */
export function createPrompt(seed: number, length: number): Int32Array {
  return Int32Array.from({ length }, (_, i) => seed * 1000 + i);
}

/** A planner with a strict executor, driven step by step; time is the number of the step. */
export class PlannerBench {
  readonly planner: Planner;
  readonly executor: FakeExecutor;
  readonly plans: StepPlan[] = [];
  readonly events: EngineEvent[] = [];

  readonly #watch: (plan: StepPlan) => void;

  /** `watch` sees every plan before its step. */
  constructor(
    limits: Partial<ExecutorLimits> = {},
    options: Partial<PlannerOptions> = {},
    watch: (plan: StepPlan) => void = () => {},
  ) {
    this.#watch = watch;
    const all = { ...LIMITS, ...limits };
    this.planner = new Planner({
      limits: all,
      endTokenIds: new Set([END_TOKEN]),
      createDecoder: createFakeDecoder,
      ...options,
    });
    this.executor = new FakeExecutor(all);
  }

  submit(call: Call, prompt: Int32Array): void {
    this.planner.submit(call, prompt, this.plans.length);
  }

  cancel(call: Call): void {
    this.planner.cancel(call.id, this.plans.length);
  }

  direct(directive: PrefixDirective): void {
    this.planner.direct(directive);
  }

  /** One step; `meanwhile` happens between planning and applying. Undefined: nothing to do. */
  step(meanwhile: () => void = () => {}): StepPlan | undefined {
    const plan = this.planner.planStep(this.plans.length);
    if (plan !== undefined) {
      this.plans.push(plan);
      this.#watch(plan);
      const output = this.executor.step(plan);
      meanwhile();
      this.planner.applyStep(output, this.plans.length);
    }
    this.planner.residency.checkIntegrity();
    this.events.push(...this.planner.takeEvents());
    return plan;
  }

  /** Steps until there is nothing to do. */
  run(stepsMax = 1000): void {
    for (let i = 0; i < stepsMax; i++) if (this.step() === undefined) return;
    throw new Error(`still busy after ${stepsMax} steps`);
  }

  get results(): CallResult[] {
    return this.events.flatMap((event) => (event.kind === 'finished' ? [event.result] : []));
  }

  /** Tokens computed by prefetches that ended. */
  get prefetchedTokens(): number {
    const computed = this.events.map((e) => (e.kind === 'prefetched' ? e.computedTokens : 0));
    return computed.reduce((a, b) => a + b, 0);
  }

  resultOf(call: Call): CallResult | undefined {
    return this.results.find((result) => result.id === call.id);
  }

  deltaText(call: Call): string {
    const deltas = this.events.flatMap((e) => (e.kind === 'delta' ? [e.delta] : []));
    return deltas
      .filter((delta) => delta.id === call.id)
      .map((delta) => delta.text)
      .join('');
  }
}

/** The result of a call that has the worker to itself, nothing reused or stored. */
export function runAlone(call: Call, prompt: Int32Array): CallResult {
  const bench = new PlannerBench({ kvTokens: 4096 });
  bench.submit({ ...call, reusePrefix: false }, prompt);
  bench.run();
  return bench.resultOf(call)!;
}

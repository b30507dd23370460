import { type Call, callId, GREEDY } from '@helium/shared';
import { Planner } from '../../batching/index.ts';
import { createSimExecutor } from './sim-executor.ts';

/** A scheduling instance, as far as one worker is concerned. */
export interface SchedulingInstance {
  readonly name: string;
  readonly kv_capacity: number;
  readonly max_seqs: number;
  readonly max_batched_tokens: number;
  readonly segments: readonly number[];
  readonly calls: readonly {
    readonly prompt: readonly string[];
    readonly out: number;
    readonly deps: readonly number[];
  }[];
}

export interface SimulatedRun {
  readonly makespanSeconds: number;
  readonly hitRate: number;
  readonly prefilledTokens: number;
  readonly evictedTokens: number;
}

/** Tokens of an item: static segment or output, all different from those of any other item. */
function itemTokens(instance: SchedulingInstance, item: string): number[] {
  const number = Number(item.slice(1));
  const isSegment = item[0] === 's';
  const length = isSegment ? instance.segments[number]! : instance.calls[number]!.out;
  const first = (2 * number + (isSegment ? 0 : 1)) * 100_000;
  return Array.from({ length }, (_, i) => first + i);
}

/**
 * Runs an instance on one worker in call order, through the planner and the modelled server, as
 * evaluator 2 would: blocks of one token, paged KV, one budget of tokens, each call submitted when
 * its dependencies end.
 */
export async function simulateInstance(instance: SchedulingInstance): Promise<SimulatedRun> {
  const executor = createSimExecutor({
    limits: {
      contextTokens: instance.kv_capacity,
      blockTokens: 1,
      chunkTokens: 1,
      chunkTokensMax: 1,
      kvTokens: instance.kv_capacity,
      maxBatch: instance.max_seqs,
      prefillTokensBusy: instance.max_batched_tokens,
      prefillTokensIdle: instance.max_batched_tokens,
      heldStepsMax: 0,
      prefetchTokens: instance.max_batched_tokens,
    },
    outputTokens: [1],
    endToken: 0,
    outputTokensMean: Number.POSITIVE_INFINITY,
  });
  const planner = new Planner({
    limits: executor.limits,
    endTokenIds: new Set(),
    createDecoder: () => ({ push: () => '', end: () => '' }),
    stepTokensMax: instance.max_batched_tokens,
    pinBudgetBlocks: 0,
  });
  const submitted = new Set<number>();
  const finished = new Set<number>();
  const submitReady = () => {
    for (const [i, { prompt, deps }] of instance.calls.entries()) {
      if (submitted.has(i) || !deps.every((dep) => finished.has(dep))) continue;
      submitted.add(i);
      const tokens = prompt.flatMap((item) => itemTokens(instance, item));
      planner.submit(toCall(instance, i), Int32Array.from(tokens), executor.nowMs);
    }
  };
  let promptTokens = 0;
  let prefilledTokens = 0;
  submitReady();
  for (let plan = planner.planStep(0); plan !== undefined; plan = planner.planStep(0)) {
    planner.applyStep(await executor.step(plan), executor.nowMs);
    for (const event of planner.takeEvents()) {
      if (event.kind !== 'finished') continue;
      finished.add(Number(event.result.id));
      promptTokens += event.result.usage.promptTokens;
      prefilledTokens += event.result.usage.prefilledTokens;
    }
    submitReady();
  }
  return {
    makespanSeconds: executor.nowMs / 1000,
    hitRate: 1 - prefilledTokens / promptTokens,
    prefilledTokens,
    evictedTokens: planner.residency.counters.evictedBlocks,
  };
}

function toCall(instance: SchedulingInstance, order: number): Call {
  return {
    id: callId(`${order}`),
    messages: [],
    sampling: GREEDY,
    maxTokens: instance.calls[order]!.out,
    stop: [],
    reusePrefix: true,
    cacheSalt: '',
    order,
    streamDeltas: false,
  };
}

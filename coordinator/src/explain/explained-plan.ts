import type { PlanStep } from '../optimizer/index.ts';
import type { LogicalPlan, NodePlan } from '../plan/index.ts';
import type { Instance, PlannedSchedule, StepTiming } from '../scheduler/index.ts';
import type { CallKey, TemplatedRadixTree } from '../trt/index.ts';

/** All that an explanation is made of. */
export interface ExplainedPlan {
  readonly submitted: LogicalPlan;
  /** What planning did, in order. */
  readonly steps: readonly PlanStep[];
  /** What is left to do. */
  readonly plan: NodePlan;
  /**
   * The plan with what maps, conds and loops are expected to become behind its nodes: nodes that answer
   * nothing yet. What is told of calls in prompts and schedules is told of these.
   */
  readonly named: NodePlan;
  /** One call at a time in plan order: nothing merged, cached or reused. */
  readonly isNaive: boolean;
  /** Calls whose answers the prompt cache was asked for. */
  readonly lookups: number;
  /** What look-ups take of late, ms, where that is too long. */
  readonly slowCacheMs: number | undefined;
  /** One per model that has calls left. */
  readonly pools: readonly ExplainedPool[];
}

/** The calls of one model: their prompts and their schedule. */
export interface ExplainedPool {
  readonly model: string;
  readonly workers: readonly string[];
  /** Tokens that each worker's KV cache holds. */
  readonly kvTokens: number;
  /** Nobody serves the model: the workers are made up. */
  readonly isAssumed: boolean;
  /** Attached workers of the model that are ejected or on trial, and why: not of `workers`. */
  readonly poor: readonly { readonly worker: string; readonly reason: string }[];
  readonly timing: StepTiming;
  readonly tree: TemplatedRadixTree;
  /** Text of a run of tokens. Absent where no tokenizer is known, and tokens are estimated. */
  readonly decode?: (tokens: Int32Array) => string;
  /** By key of the tree's calls: the node of the plan. */
  readonly nodeOfKey: ReadonlyMap<CallKey, number>;
  readonly instance: Instance;
  /** By call of the instance: the node of the plan. */
  readonly nodeOfCall: readonly number[];
  readonly planned: PlannedSchedule;
}

/** A chapter: plain text, monospaced. */
export interface Section {
  readonly title: string;
  readonly text: string;
}

import type { Schedule, SchedulingOptions, SchedulingPolicy } from './instance.ts';
import { type InstanceIndex, indexInstance } from './instance-index.ts';

/**
 * A schedule that a policy made on the way to its answer, and its cost on the machine it was told.
 */
export interface Candidate {
  readonly name: string;
  /** Token steps or seconds, after the machine model. */
  readonly cost: number;
  /** Prompt tokens reused over prompt tokens, by the same model. */
  readonly hitRate: number;
}

export interface PolicyPlan {
  readonly schedule: Schedule;
  /** What was compared; empty for a policy that makes one schedule. */
  readonly candidates: readonly Candidate[];
  /** The one of them that is `schedule`. */
  readonly chosen?: Candidate;
}

/** A policy that can be handed an index that exists already. */
export interface IndexedPolicy extends SchedulingPolicy {
  plan(index: InstanceIndex, options: SchedulingOptions): PolicyPlan;
}

/** A policy that makes exactly one schedule. */
export function createPolicy(
  name: string,
  description: string,
  make: (index: InstanceIndex, options: SchedulingOptions) => Schedule,
): IndexedPolicy {
  return {
    name,
    description,
    schedule: (instance, options) => make(indexInstance(instance), options),
    plan: (index, options) => ({ schedule: make(index, options), candidates: [] }),
  };
}

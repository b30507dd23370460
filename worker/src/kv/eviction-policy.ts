import type { Block } from './block.ts';

/** Which block leaves when room is needed. Blocks that are held or have children stay in any case. */
export interface EvictionPolicy {
  readonly name: string;
  /** Whether `a` is evicted before `b`. A strict order. */
  isBefore(a: Block, b: Block): boolean;
  /** Whether a block's next use is the least order of the calls that expect it, or hints alone. */
  readonly countsCalls: boolean;
}

/** The later next use first, then the older last use: Belady's rule as far as the schedule is known. */
export const NEXT_USE: EvictionPolicy = {
  name: 'next-use',
  isBefore: (a, b) => (a.nextUse !== b.nextUse ? a.nextUse > b.nextUse : a.lastUse < b.lastUse),
  countsCalls: true,
};

/** The least recently used first. */
export const LEAST_RECENT: EvictionPolicy = {
  name: 'lru',
  isBefore: (a, b) => a.lastUse < b.lastUse,
  countsCalls: true,
};

/**
 * By steps to the next execution of the agent whose prompt it is, told as hints (`setNextUse`): most
 * steps first, then the least recently used (KVFlow, arXiv 2507.07400, section 3.2). For comparisons.
 */
export const STEPS_TO_EXECUTION: EvictionPolicy = {
  name: 'steps',
  isBefore: NEXT_USE.isBefore,
  countsCalls: false,
};

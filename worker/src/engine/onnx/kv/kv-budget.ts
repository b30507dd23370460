import type { ModelConfig } from '@helium/model';
import type { Precision } from '../graph/precision.ts';

/** Memory that an engine may have, all in all. */
export interface MemoryShare {
  readonly bytes: number;
  /** Whose limit it is a share of, for people. */
  readonly origin: string;
}

/** KV memory of an engine that has enough. */
const USUAL_MIB = 1024;

/** Besides KV and weights: program, runtime, what steps compute with. Measured, see docs/decisions/0019. */
const PROGRAM_MIB = 400;

/** Weights, and the copies that kernels make for themselves. Measured likewise. */
const WEIGHTS_FACTOR = 1.6;

const WEIGHT_BYTES = { fast: 1, exact: 4 } as const satisfies Record<Precision, number>;

interface KvOptions {
  readonly kvMib: number;
  readonly precision: Precision;
  readonly memory?: MemoryShare;
}

/** How much memory KV gets, and what a person should know about it. */
export interface KvBudget {
  readonly mib: number;
  readonly notice?: string;
}

/**
 * Memory for KV: what was asked for, or where that is 0 as much as the share leaves beside the model, 1,024 MiB at
 * most and `leastMib` at least. Tells where it had to be less than usual, and where more is to be used than there is.
 */
export function kvBudget(
  { kvMib: askedMib, precision, memory: share }: KvOptions,
  leastMib: number,
  model: ModelConfig,
): KvBudget {
  if (share === undefined) return { mib: askedMib || USUAL_MIB };
  const besidesMib = Math.ceil(
    PROGRAM_MIB + (WEIGHTS_FACTOR * weightCount(model) * WEIGHT_BYTES[precision]) / 2 ** 20,
  );
  const leftMib = Math.floor(share.bytes / 2 ** 20) - besidesMib;
  const fitting = Math.max(leastMib, Math.min(USUAL_MIB, leftMib));
  const mib = askedMib || fitting;
  const uses = `KV gets ${mib} MiB, beside about ${besidesMib} MiB for the model`;
  if (mib > leftMib) {
    const end = 'the system may end this process when both are used';
    return { mib, notice: `${uses}: more than fits ${share.origin}; ${end}` };
  }
  if (askedMib === 0 && mib < USUAL_MIB) return { mib, notice: `${uses}: by ${share.origin}` };
  return { mib };
}

/** Elements of the matrices. */
function weightCount(model: ModelConfig): number {
  const { vocab, hidden, layers, heads, kvHeads, headDim, feedForward, tiedEmbeddings } = model;
  const attention = 2 * hidden * (heads + kvHeads) * headDim;
  return (
    vocab * hidden * (tiedEmbeddings ? 1 : 2) + layers * (attention + 3 * hidden * feedForward)
  );
}

import { cpus } from 'node:os';
import { type Arithmetic, probeArithmetic } from './arithmetic.ts';
import { STEP_COST, type StepCost } from './drafts/choose-drafts.ts';
import type { GraphForm } from './graph/precision.ts';
import type { OnnxOptions } from './onnx-options.ts';

/** Whether queries are stacked; `auto`: as suits the processor. */
export type StackedQueries = 'auto' | 'on' | 'off';

/** Which graphs a model gets, by the processor unless options say otherwise, and what depends on that. */
export interface ChosenForm {
  readonly form: GraphForm;
  /** What may change a token apart from the model and its precision: the same kernels in the same form. */
  readonly kernels: string;
  readonly stepCost: StepCost;
}

/** Throws as `probeArithmetic`. */
export async function chooseForm({
  precision,
  device = 'cpu',
  stackedQueries = 'auto',
}: Pick<OnnxOptions, 'precision' | 'device' | 'stackedQueries'>): Promise<ChosenForm> {
  const arithmetic = await probeArithmetic(device);
  // Processors without VNNI have no kernels of 512 bits either, but for one generation of servers.
  const isNarrow = device === 'cpu' && arithmetic.int8Saturates;
  const isSingle = isNarrow || (device === 'cpu' && meetsKeysSingly(cpus()[0]?.model));
  const isStacked = stackedQueries === 'auto' ? !isSingle : stackedQueries === 'on';
  return {
    form: {
      precision,
      offsetWeights: precision === 'fast' && isNarrow,
      stackedQueries: isStacked,
    },
    kernels: kernelsOf(arithmetic, isStacked),
    stepCost: isNarrow ? STEP_COST.narrow : STEP_COST.wide,
  };
}

/**
 * Whether products of one row cost so much less than those of a few on processors of that model that all of them pay,
 * though matrix kernels are as wide as can be: measured on Zen 4 (decision 18). By name, since a measurement might say
 * one thing on one worker and another on the next, which would then be two models.
 */
export function meetsKeysSingly(model: string | undefined): boolean {
  return model?.includes('AMD') ?? false;
}

/** The digest says itself what form goes with it, where that was never another. */
function kernelsOf({ digest, int8Saturates }: Arithmetic, isStacked: boolean): string {
  if (isStacked !== int8Saturates) return digest;
  return `${digest} ${isStacked ? 'stacked' : 'single'}`;
}

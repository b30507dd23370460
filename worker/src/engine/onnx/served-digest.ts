import { createHash } from 'node:crypto';
import { type ModelDigest, modelDigest } from '@helium/shared';
import type { Device } from './device.ts';
import { GRAPH_VERSION, type Precision } from './graph/precision.ts';

/** What may change a token of a model, apart from its weights. */
export interface Computation {
  readonly precision: Precision;
  readonly device: Device;
  /** `ChosenForm.kernels`. */
  readonly kernels: string;
}

/**
 * The digest under which results of a model are cached: of its weights and of all else here that may
 * change a token. Workers of different precision, device or kernels are different models.
 */
export function servedDigest(weights: ModelDigest, computation: Computation): ModelDigest {
  const { precision, device, kernels } = computation;
  const parts = [
    'helium.served-model.v2',
    weights,
    precision,
    String(GRAPH_VERSION),
    device,
    kernels,
  ];
  return modelDigest(createHash('sha256').update(parts.join('\0')).digest('hex'));
}

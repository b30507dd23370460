import { createHash } from 'node:crypto';
import { type ModelDigest, modelDigest } from '@helium/shared';
import type { Device } from './device.ts';
import { GRAPH_VERSION, type Precision } from './graph/precision.ts';

/**
 * The digest under which results of a model are cached: of its weights and of all else here that may
 * change a token. Workers of different precision or device are different models.
 */
export function servedDigest(
  weights: ModelDigest,
  precision: Precision,
  device: Device = 'cpu',
): ModelDigest {
  const parts = ['helium.served-model.v1', weights, precision, String(GRAPH_VERSION)];
  if (device !== 'cpu') parts.push(device);
  return modelDigest(createHash('sha256').update(parts.join('\0')).digest('hex'));
}

import type { ModelConfig } from '@helium/model';

/** Consecutive layers, `end` not among them; where in a layer a range ends and the next begins: see `buildLayers`. */
export interface LayerRange {
  readonly first: number;
  readonly end: number;
}

/** Names of the past inputs of a layer, in every graph. */
export function pastNames(layer: number): readonly [key: string, value: string] {
  return [`pastKey.${layer}`, `pastValue.${layer}`];
}

/**
 * Where prefill cuts the layers. A function of the model alone: the cut decides bits (the norm behind
 * it is computed apart from the sum before it), so it must not depend on how many threads there are.
 */
export function prefillStages({ layers }: ModelConfig): readonly LayerRange[] {
  if (layers === 1) return [{ first: 0, end: 1 }];
  const middle = Math.ceil(layers / 2);
  return [
    { first: 0, end: middle },
    { first: middle, end: layers },
  ];
}

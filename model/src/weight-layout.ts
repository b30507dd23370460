import { type Fault, HeliumError } from '@helium/shared';
import { LAYER_TENSORS, type LayerTensorName, type ModelConfig } from './model-file.ts';

/** What a file format calls a model's tensors. */
export interface TensorNames {
  readonly embedding: string;
  readonly finalNorm: string;
  readonly head: string;
  readonly layerPrefix: (layer: number) => string;
  readonly layer: Readonly<Record<LayerTensorName, string>>;
}

/** The full name of a layer's tensor. */
export function layerTensorName(names: TensorNames, layer: number, tensor: LayerTensorName) {
  return names.layerPrefix(layer) + names.layer[tensor];
}

/** The tensors that each layer of the configuration has, in LAYER_TENSORS' order, with their shapes. */
export function layerShapes(
  config: ModelConfig,
): readonly (readonly [LayerTensorName, readonly number[]])[] {
  return Object.entries(LAYER_TENSORS).flatMap(([tensor, shapeOf]) => {
    const shape = shapeOf(config);
    return shape === null ? [] : [[tensor as LayerTensorName, shape] as const];
  });
}

/** Row-major shape of every tensor a model of this configuration has, by its name in the file. */
export function expectedShapes(
  config: ModelConfig,
  names: TensorNames,
): Map<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>([
    [names.embedding, [config.vocab, config.hidden]],
    [names.finalNorm, [config.hidden]],
  ]);
  if (!config.tiedEmbeddings) shapes.set(names.head, [config.vocab, config.hidden]);
  for (let layer = 0; layer < config.layers; layer++) {
    for (const [tensor, shape] of layerShapes(config)) {
      shapes.set(layerTensorName(names, layer, tensor), shape);
    }
  }
  return shapes;
}

/**
 * Compares the tensors of a file with those its configuration needs. Throws MODEL_INVALID listing the
 * missing and misshapen ones, MODEL_UNSUPPORTED naming tensors that it has no use for.
 */
export function checkShapes(
  path: string,
  expected: ReadonlyMap<string, readonly number[]>,
  found: ReadonlyMap<string, readonly number[]>,
): void {
  const extra = [...found.keys()].filter((name) => !expected.has(name));
  if (extra.length > 0) {
    throw new HeliumError(
      'MODEL_UNSUPPORTED',
      `${path}: has ${extra.length} tensors that its configuration does not, e.g. ${extra[0]}`,
    );
  }
  const faults: Fault[] = [];
  for (const [name, shape] of expected) {
    const actual = found.get(name);
    if (actual === undefined) {
      faults.push({ field: name, message: `is missing, expected [${shape}]` });
    } else if (actual.join() !== shape.join()) {
      faults.push({ field: name, message: `has shape [${actual}], expected [${shape}]` });
    }
  }
  if (faults.length === 0) return;
  const first = faults[0]!;
  throw new HeliumError(
    'MODEL_INVALID',
    `${path}: ${faults.length} tensors are wrong; ${first.field} ${first.message}`,
    { faults },
  );
}

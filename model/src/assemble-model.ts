import { HeliumError, invariant, type ModelDigest, modelDigest } from '@helium/shared';
import type { TokenizerSpec } from '@helium/shared/tokenizer';
import { findNonFinite } from './float-formats.ts';
import {
  LAYER_TENSORS,
  type LayerTensorName,
  type ModelConfig,
  type ModelFile,
} from './model-file.ts';
import { layerTensorName, type TensorNames } from './weight-layout.ts';

/** Where an opened model's weights come from. */
export interface WeightSource {
  readonly path: string;
  /** Row-major values. */
  read(name: string): Float32Array;
  /** Hex SHA-256 of everything that decides the model's answers. */
  hash(): string;
  close(): void;
}

/** What is known of a model before its weights are read. */
export interface ModelParts {
  readonly config: ModelConfig;
  readonly tokenizer: TokenizerSpec;
  readonly names: TensorNames;
  /** Brings a layer's tensor into the contract's row order. */
  readonly reorder: (tensor: LayerTensorName, values: Float32Array) => Float32Array;
}

/** A ModelFile over checked parts. Reads throw MODEL_INVALID where a value is not finite. */
export function assembleModel(source: WeightSource, parts: ModelParts): ModelFile {
  const { config, tokenizer, names, reorder } = parts;
  const read = (name: string) => {
    const values = source.read(name);
    const at = findNonFinite(values);
    if (at < 0) return values;
    throw new HeliumError(
      'MODEL_INVALID',
      `${source.path}: tensor ${name} has the value ${values[at]} at index ${at}`,
      { details: { index: at } },
    );
  };
  let digest: ModelDigest | undefined;
  return {
    path: source.path,
    config,
    tokenizer,
    get digest() {
      digest ??= modelDigest(source.hash());
      return digest;
    },
    readEmbedding: () => read(names.embedding),
    readFinalNorm: () => read(names.finalNorm),
    readHead: () => read(config.tiedEmbeddings ? names.embedding : names.head),
    readLayer: (layer, tensor) => {
      invariant(LAYER_TENSORS[tensor](config) !== null, `${source.path}: layers have no ${tensor}`);
      return reorder(tensor, read(layerTensorName(names, layer, tensor)));
    },
    close: () => source.close(),
  };
}

import { HeliumError, invariant, type ModelDigest, modelDigest } from '@helium/shared';
import type { TokenizerSpec } from '@helium/shared/tokenizer';
import { type Decode, findNonFinite } from './float-formats.ts';
import {
  LAYER_TENSORS,
  type LayerTensorName,
  type ModelConfig,
  type ModelFile,
} from './model-file.ts';
import type { RowTable } from './row-table.ts';
import { layerTensorName, type TensorNames } from './weight-layout.ts';

/** A tensor as it lies in a file. */
export interface StoredTensor {
  readonly bytes: Uint8Array;
  /** Values altogether, row-major. */
  readonly count: number;
  /** Values of a row, whose bytes begin behind those of the row before. */
  readonly width: number;
  readonly decode: Decode;
}

export function decodeAll({ bytes, count, decode }: StoredTensor): Float32Array {
  const values = new Float32Array(count);
  decode(bytes, values);
  return values;
}

/** Where an opened model's weights come from. */
export interface WeightSource {
  readonly path: string;
  readStored(name: string): StoredTensor;
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
  const finite = (name: string, stored: StoredTensor) => {
    const values = decodeAll(stored);
    const at = findNonFinite(values);
    if (at < 0) return values;
    throw new HeliumError(
      'MODEL_INVALID',
      `${source.path}: tensor ${name} has the value ${values[at]} at index ${at}`,
      { details: { index: at } },
    );
  };
  const read = (name: string) => finite(name, source.readStored(name));
  const open = (name: string): RowTable => {
    const stored = source.readStored(name);
    const { bytes, count, width, decode } = stored;
    const rows = count / width;
    const rowBytes = bytes.length / rows;
    return {
      rows,
      width,
      row: (index) => {
        const row = bytes.subarray(index * rowBytes, (index + 1) * rowBytes);
        return decodeAll({ bytes: row, count: width, width, decode });
      },
      values: () => finite(name, stored),
    };
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
    openEmbedding: () => open(names.embedding),
    readFinalNorm: () => read(names.finalNorm),
    openHead: () => open(config.tiedEmbeddings ? names.embedding : names.head),
    readLayer: (layer, tensor) => {
      invariant(LAYER_TENSORS[tensor](config) !== null, `${source.path}: layers have no ${tensor}`);
      return reorder(tensor, read(layerTensorName(names, layer, tensor)));
    },
    close: () => source.close(),
  };
}

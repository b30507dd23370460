import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { HeliumError, isJsonObject } from '@helium/shared';
import type { WeightSource } from '../assemble-model.ts';
import { FileReader } from '../file-reader.ts';
import { updateWithFile } from '../hash-file.ts';
import { readJsonFile } from './json-file.ts';
import { readSafetensors, type SafeTensor } from './safetensors.ts';

const SINGLE = 'model.safetensors';
const INDEX = 'model.safetensors.index.json';

/** The open weight files of a folder as one set of tensors. */
export interface WeightFiles {
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** `identity` goes into the hash: all that decides answers besides the weights. */
  toSource(identity: string): WeightSource;
  close(): void;
}

/** Opens model.safetensors or the shards its index names. Throws as `readSafetensors` does. */
export function openWeightFiles(folder: string): WeightFiles {
  const files: FileReader[] = [];
  const close = () => {
    for (const file of files) file.close();
  };
  try {
    const tensors = new Map<string, { file: FileReader; tensor: SafeTensor }>();
    for (const name of listShards(folder)) {
      const file = new FileReader(join(folder, name));
      files.push(file);
      for (const tensor of readSafetensors(file)) {
        if (tensors.has(tensor.name)) {
          throw new HeliumError('MODEL_INVALID', `${file.path}: ${tensor.name} is in two shards`);
        }
        tensors.set(tensor.name, { file, tensor });
      }
    }
    const shapes = new Map([...tensors].map(([name, { tensor }]) => [name, tensor.shape]));
    const readStored = (name: string) => {
      const { file, tensor } = tensors.get(name)!;
      const bytes = file.readAt(tensor.offset, tensor.bytes, `tensor ${name}`);
      const { shape, decode } = tensor;
      const count = shape.reduce((product, size) => product * size, 1);
      return { bytes, count, width: shape.at(-1) ?? 1, decode };
    };
    const hash = (identity: string) => hashFiles(files, identity);
    const toSource = (identity: string) => ({
      path: folder,
      readStored,
      hash: () => hash(identity),
      close,
    });
    return { shapes, toSource, close };
  } catch (error) {
    close();
    throw error;
  }
}

function listShards(folder: string): string[] {
  if (existsSync(join(folder, SINGLE))) return [SINGLE];
  if (!existsSync(join(folder, INDEX))) {
    throw new HeliumError('MODEL_INVALID', `${folder}: has neither ${SINGLE} nor ${INDEX}`);
  }
  const { weight_map: map } = readJsonFile(folder, INDEX);
  const names = isJsonObject(map) ? [...new Set(Object.values(map))].sort() : [];
  const isPlain = (name: unknown): name is string =>
    typeof name === 'string' && name === basename(name) && name.endsWith('.safetensors');
  if (names.length > 0 && names.every(isPlain)) return names;
  throw new HeliumError('MODEL_INVALID', `${folder}: ${INDEX} names no weight files of the folder`);
}

function hashFiles(files: readonly FileReader[], identity: string): string {
  const hash = createHash('sha256').update(identity);
  for (const file of files) {
    hash.update(`\0${basename(file.path)}\0${file.size}\0`);
    updateWithFile(hash, file);
  }
  return hash.digest('hex');
}

import { type Fault, HeliumError } from '@helium/shared';
import type { FileReader } from '../file-reader.ts';
import type { GgufHeader, GgufTensor } from './header.ts';
import { TENSOR_TYPE_NAMES, TENSOR_TYPES } from './tensor-types.ts';

/** Size of a tensor of a supported type as stored, bytes. */
export function storedBytes(tensor: GgufTensor): number {
  const { blockValues, blockBytes } = TENSOR_TYPES[tensor.type]!;
  return (countValues(tensor) / blockValues) * blockBytes;
}

/** Values of a tensor. */
export function countValues(tensor: GgufTensor): number {
  return tensor.dimensions.reduce((product, dimension) => product * dimension, 1);
}

/**
 * Checks the tensor table against the file: types, names, alignment, ends, overlaps. Throws
 * MODEL_UNSUPPORTED for a type by name, MODEL_INVALID listing every other fault.
 */
export function checkTensors(file: FileReader, header: GgufHeader): void {
  const unsupported = header.tensors.find(({ type }) => TENSOR_TYPES[type] === undefined);
  if (unsupported !== undefined) {
    throw new HeliumError(
      'MODEL_UNSUPPORTED',
      `${file.path}: tensor ${unsupported.name} has ggml type ${unsupported.type}, ` +
        `supported are ${TENSOR_TYPE_NAMES.join(', ')}`,
    );
  }
  const faults = [
    ...findDuplicates(header.tensors),
    ...header.tensors.flatMap((tensor) => checkExtent(tensor, header.alignment, file.size)),
    ...findOverlaps(header.tensors),
  ];
  if (faults.length === 0) return;
  const first = faults[0]!;
  throw new HeliumError('MODEL_INVALID', `${file.path}: tensor ${first.field} ${first.message}`, {
    faults,
  });
}

function findDuplicates(tensors: readonly GgufTensor[]): Fault[] {
  const seen = new Set<string>();
  return tensors.flatMap(({ name }) => {
    if (seen.has(name)) return [{ field: name, message: 'is there twice' }];
    seen.add(name);
    return [];
  });
}

function checkExtent(tensor: GgufTensor, alignment: number, fileBytes: number): Fault[] {
  const { name: field, offset, dimensions } = tensor;
  const type = TENSOR_TYPES[tensor.type]!;
  if (!Number.isSafeInteger(countValues(tensor)) || countValues(tensor) === 0) {
    return [{ field, message: `has impossible dimensions [${dimensions}]` }];
  }
  if (dimensions[0]! % type.blockValues !== 0) {
    const message = `has rows of ${dimensions[0]}, ${type.name} needs multiples of ${type.blockValues}`;
    return [{ field, message }];
  }
  if (offset % alignment !== 0) {
    return [{ field, message: `is at offset ${offset}, not a multiple of ${alignment}` }];
  }
  const bytes = storedBytes(tensor);
  if (offset + bytes <= fileBytes) return [];
  const found = Math.max(0, fileBytes - offset);
  return [{ field, message: `needs ${bytes} bytes at offset ${offset}, the file has ${found}` }];
}

function findOverlaps(tensors: readonly GgufTensor[]): Fault[] {
  const sorted = [...tensors].sort((a, b) => a.offset - b.offset);
  return sorted.slice(1).flatMap((tensor, index) => {
    const before = sorted[index]!;
    const end = before.offset + storedBytes(before);
    if (end <= tensor.offset) return [];
    const message = `at offset ${tensor.offset} overlaps ${before.name}, which ends at ${end}`;
    return [{ field: tensor.name, message }];
  });
}

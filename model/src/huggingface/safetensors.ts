import { type Fault, HeliumError, isJsonObject, isWholeNumber } from '@helium/shared';
import type { FileReader } from '../file-reader.ts';
import { type Decode, decodeBf16, decodeF16, decodeF32 } from '../float-formats.ts';
import { parseJson } from './json-file.ts';

const HEADER_BYTES_MAX = 100 * 1024 * 1024;

interface ElementType {
  readonly bytes: number;
  readonly decode: Decode;
}

const ELEMENT_TYPES: Readonly<Record<string, ElementType>> = {
  F32: { bytes: 4, decode: decodeF32 },
  F16: { bytes: 2, decode: decodeF16 },
  BF16: { bytes: 2, decode: decodeBf16 },
};

/** A tensor of a safetensors file. */
export interface SafeTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** From the start of the file, bytes. */
  readonly offset: number;
  readonly bytes: number;
  readonly decode: Decode;
}

/**
 * Reads and checks the header. Throws MODEL_UNSUPPORTED for an element type by name, MODEL_INVALID
 * listing tensors whose place or size does not fit, or that overlap.
 */
export function readSafetensors(file: FileReader): SafeTensor[] {
  const lengthBytes = file.readAt(0, 8, 'header length');
  const length = Number(new DataView(lengthBytes.buffer).getBigUint64(0, true));
  if (length > HEADER_BYTES_MAX) {
    throw new HeliumError(
      'MODEL_INVALID',
      `${file.path}: header of ${length} bytes, limit ${HEADER_BYTES_MAX}`,
    );
  }
  const text = new TextDecoder().decode(file.readAt(8, length, 'header'));
  const header = parseJson(`${file.path} header`, text);
  if (!isJsonObject(header)) {
    throw new HeliumError('MODEL_INVALID', `${file.path}: header is not a JSON object`);
  }
  const faults: Fault[] = [];
  const tensors = Object.entries(header)
    .filter(([name]) => name !== '__metadata__')
    .flatMap(([name, entry]) => readEntry(file, name, entry, 8 + length, faults));
  faults.push(...findOverlaps(tensors));
  if (faults.length === 0) return tensors;
  const first = faults[0]!;
  throw new HeliumError('MODEL_INVALID', `${file.path}: tensor ${first.field} ${first.message}`, {
    faults,
  });
}

function readEntry(
  file: FileReader,
  name: string,
  entry: unknown,
  base: number,
  faults: Fault[],
): SafeTensor[] {
  const { dtype, shape, data_offsets: range } = isJsonObject(entry) ? entry : {};
  if (!isSizes(shape) || !isSizes(range) || range.length !== 2) {
    faults.push({ field: name, message: 'needs a shape and two data_offsets' });
    return [];
  }
  const type = ELEMENT_TYPES[String(dtype)];
  if (type === undefined) {
    const supported = Object.keys(ELEMENT_TYPES).join(', ');
    throw new HeliumError(
      'MODEL_UNSUPPORTED',
      `${file.path}: tensor ${name} has type ${dtype}, supported are ${supported}`,
    );
  }
  const [begin, end] = range as [number, number];
  const bytes = shape.reduce((product, size) => product * size, type.bytes);
  const offset = base + begin;
  if (end - begin !== bytes) {
    const message = `at offset ${offset} has ${end - begin} bytes, [${shape}] needs ${bytes}`;
    faults.push({ field: name, message });
  } else if (offset + bytes > file.size) {
    const found = Math.max(0, file.size - offset);
    const message = `needs ${bytes} bytes at offset ${offset}, the file has ${found}`;
    faults.push({ field: name, message });
  }
  return [{ name, shape, offset, bytes, decode: type.decode }];
}

function isSizes(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((item) => isWholeNumber(item));
}

function findOverlaps(tensors: readonly SafeTensor[]): Fault[] {
  const sorted = [...tensors].sort((a, b) => a.offset - b.offset);
  return sorted.slice(1).flatMap((tensor, index) => {
    const before = sorted[index]!;
    const end = before.offset + before.bytes;
    if (end <= tensor.offset) return [];
    const message = `at offset ${tensor.offset} overlaps ${before.name}, which ends at ${end}`;
    return [{ field: tensor.name, message }];
  });
}

import { HeliumError } from '@helium/shared';
import type { FileReader } from '../file-reader.ts';
import { ByteCursor } from './byte-cursor.ts';
import { type Metadata, readMetadata } from './metadata.ts';

/** A row of the tensor table. */
export interface GgufTensor {
  readonly name: string;
  /** Fastest dimension first, as stored. */
  readonly dimensions: readonly number[];
  /** ggml's number of the storage type. */
  readonly type: number;
  /** From the start of the file, bytes. */
  readonly offset: number;
}

export interface GgufHeader {
  readonly version: number;
  readonly metadata: Metadata;
  readonly tensors: readonly GgufTensor[];
  readonly alignment: number;
}

const MAGIC = 0x46554747;
const VERSIONS = [2, 3];
const DIMENSIONS_MAX = 4;
/** The smallest a metadata pair and a row of the tensor table can be, bytes. */
const PAIR_BYTES_MIN = 13;
const TENSOR_BYTES_MIN = 32;

/**
 * Reads header, metadata and tensor table. `check` sees the metadata before any tensor is looked at.
 * Throws MODEL_INVALID, naming place and value, on what cannot be a GGUF file.
 */
export function readGgufHeader(
  file: FileReader,
  check: (metadata: Metadata) => void = () => {},
): GgufHeader {
  const cursor = new ByteCursor(file);
  const magic = cursor.readUint32('magic');
  if (magic !== MAGIC) {
    throw new HeliumError('MODEL_INVALID', `${file.path}: is not a GGUF file (magic ${magic})`);
  }
  const version = cursor.readUint32('version');
  if (!VERSIONS.includes(version)) {
    throw new HeliumError(
      'MODEL_UNSUPPORTED',
      `${file.path}: GGUF version ${version}, supported are ${VERSIONS.join(' and ')}`,
    );
  }
  const tensorCount = readCount(cursor, 'tensor count', TENSOR_BYTES_MIN);
  const pairCount = readCount(cursor, 'metadata count', PAIR_BYTES_MIN);
  const metadata = readMetadata(cursor, pairCount);
  check(metadata);
  const alignment = readAlignment(cursor, metadata);
  const rows = Array.from({ length: tensorCount }, (_, index) => readRow(cursor, index));
  const base = Math.ceil(cursor.offset / alignment) * alignment;
  const tensors = rows.map((row) => ({ ...row, offset: base + row.offset }));
  return { version, metadata, tensors, alignment };
}

function readCount(cursor: ByteCursor, what: string, bytesMin: number): number {
  const count = cursor.readUint64(what);
  if (count * bytesMin <= cursor.remaining) return count;
  throw cursor.invalid(`${what} ${count} does not fit in the ${cursor.remaining} bytes left`);
}

function readAlignment(cursor: ByteCursor, metadata: Metadata): number {
  const alignment = metadata.get('general.alignment') ?? 32;
  if (typeof alignment === 'number' && alignment >= 8 && alignment % 8 === 0) return alignment;
  throw cursor.invalid(`general.alignment is ${alignment}, it must be a multiple of 8`);
}

function readRow(cursor: ByteCursor, index: number): GgufTensor {
  const name = cursor.readString(`name of tensor ${index}`);
  const rank = cursor.readUint32(`rank of tensor ${name}`);
  if (rank < 1 || rank > DIMENSIONS_MAX) {
    throw cursor.invalid(`tensor ${name} has ${rank} dimensions, 1 to ${DIMENSIONS_MAX} expected`);
  }
  const dimensions = Array.from({ length: rank }, () =>
    cursor.readUint64(`dimensions of tensor ${name}`),
  );
  const type = cursor.readUint32(`type of tensor ${name}`);
  return { name, dimensions, type, offset: cursor.readUint64(`offset of tensor ${name}`) };
}

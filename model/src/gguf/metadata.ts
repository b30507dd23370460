import type { ByteCursor } from './byte-cursor.ts';

export type MetadataValue = string | number | boolean | readonly MetadataValue[];

/** Key to value. 64-bit integers are numbers, exact up to 2^53. */
export type Metadata = ReadonlyMap<string, MetadataValue>;

type ScalarReader = readonly [bytes: number, (view: DataView, index: number) => number | boolean];

/** GGUF value types by their number: ggml's gguf.h. */
const SCALARS: Readonly<Record<number, ScalarReader>> = {
  0: [1, (view, at) => view.getUint8(at)],
  1: [1, (view, at) => view.getInt8(at)],
  2: [2, (view, at) => view.getUint16(at, true)],
  3: [2, (view, at) => view.getInt16(at, true)],
  4: [4, (view, at) => view.getUint32(at, true)],
  5: [4, (view, at) => view.getInt32(at, true)],
  6: [4, (view, at) => view.getFloat32(at, true)],
  7: [1, (view, at) => view.getUint8(at) !== 0],
  10: [8, (view, at) => Number(view.getBigUint64(at, true))],
  11: [8, (view, at) => Number(view.getBigInt64(at, true))],
  12: [8, (view, at) => view.getFloat64(at, true)],
};
const STRING = 8;
const ARRAY = 9;
const NESTING_MAX = 4;

/** Reads `count` pairs. Throws MODEL_INVALID on a duplicate key, unknown type or impossible length. */
export function readMetadata(cursor: ByteCursor, count: number): Metadata {
  const metadata = new Map<string, MetadataValue>();
  for (let index = 0; index < count; index++) {
    const key = cursor.readString(`metadata key ${index}`);
    if (metadata.has(key)) throw cursor.invalid(`metadata key ${key} is there twice`);
    const type = cursor.readUint32(`type of ${key}`);
    metadata.set(key, readValue(cursor, type, key, 0));
  }
  return metadata;
}

function readValue(cursor: ByteCursor, type: number, key: string, depth: number): MetadataValue {
  if (type === STRING) return cursor.readString(key);
  if (type === ARRAY) return readArray(cursor, key, depth);
  const scalar = SCALARS[type];
  if (scalar === undefined) throw cursor.invalid(`${key} has the unknown value type ${type}`);
  return cursor.readScalar(scalar[0], key, scalar[1]);
}

function readArray(cursor: ByteCursor, key: string, depth: number): MetadataValue[] {
  if (depth >= NESTING_MAX) throw cursor.invalid(`${key} nests deeper than ${NESTING_MAX}`);
  const type = cursor.readUint32(`item type of ${key}`);
  const count = cursor.readUint64(`length of ${key}`);
  const itemBytes = SCALARS[type]?.[0] ?? 8;
  if (count * itemBytes > cursor.remaining) {
    throw cursor.invalid(`${key} has ${count} items, the file has ${cursor.remaining} bytes left`);
  }
  const items: MetadataValue[] = [];
  if (type === STRING) {
    // Not anew for each of a vocabulary's words.
    const lengthName = `length of ${key}`;
    for (let index = 0; index < count; index++) items.push(cursor.readString(key, lengthName));
    return items;
  }
  for (let index = 0; index < count; index++) {
    items.push(readValue(cursor, type, key, depth + 1));
  }
  return items;
}

/** Of an object, array or map beside what it holds; of a number or a flag. */
const OBJECT_BYTES = 56;
const VALUE_BYTES = 8;

/** About how much memory an event takes, bytes: texts by their length, whatever else by how much there is of it. */
export function eventBytes(value: unknown): number {
  if (typeof value === 'string') return VALUE_BYTES + value.length;
  if (typeof value !== 'object' || value === null) return VALUE_BYTES;
  if (ArrayBuffer.isView(value)) return OBJECT_BYTES + value.byteLength;
  const parts = value instanceof Map ? [...value.entries()].flat() : Object.values(value);
  return parts.reduce<number>((bytes, part) => bytes + eventBytes(part), OBJECT_BYTES);
}

/**
 * Values as JSON on one line, read back equal: maps, whole numbers beyond 2^53 and numbers that JSON lacks as well.
 * A property that is undefined is left out.
 */
export function writeText(value: unknown): string {
  return JSON.stringify(value, encode);
}

/** Throws SyntaxError. */
export function readText(text: string): unknown {
  return text.includes('"$') ? JSON.parse(text, decode) : JSON.parse(text);
}

function encode(_: string, value: unknown): unknown {
  if (value instanceof Map) return { $map: [...value] };
  if (typeof value === 'bigint') return { $integer: value.toString() };
  if (typeof value === 'number' && !Number.isFinite(value)) return { $number: String(value) };
  if (isPlain(value) && Object.keys(value).some(isMarked))
    return { $object: Object.entries(value) };
  return value;
}

function decode(_: string, value: unknown): unknown {
  if (!isPlain(value)) return value;
  const { $map, $integer, $number, $object } = value;
  if ($map !== undefined) return new Map($map as [unknown, unknown][]);
  if ($integer !== undefined) return BigInt($integer as string);
  if ($number !== undefined) return Number($number);
  if ($object !== undefined) return Object.fromEntries($object as [string, unknown][]);
  return value;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isMarked(key: string): boolean {
  return key.startsWith('$');
}

import { HeliumError } from '../errors/helium-error.ts';
import { isStringArray } from './json-shape.ts';

/**
 * JSON with sorted keys and no spaces: equal values give equal text. Throws INVARIANT_BROKEN on what
 * JSON cannot say.
 */
export function canonicalJson(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (value === null || typeof value === 'boolean') return `${value}`;
  if (typeof value === 'number' && Number.isFinite(value)) return `${value}`;
  if (isStringArray(value)) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'object') return canonicalObject(value as Readonly<Record<string, unknown>>);
  throw new HeliumError('INVARIANT_BROKEN', `${String(value)} has no JSON form`);
}

/** Keys are sorted by UTF-16 code units, as `sort` does; fields that are undefined are left out. */
function canonicalObject(value: Readonly<Record<string, unknown>>): string {
  const fields: string[] = [];
  for (const key of Object.keys(value).sort()) {
    const item = value[key];
    if (item !== undefined) fields.push(`${quoted(key)}:${canonicalJson(item)}`);
  }
  return `{${fields.join(',')}}`;
}

/** What JSON may write in another way. */
const ESCAPED = /["\\\p{Cc}\p{Cs}]/u;

/** A vocabulary has tens of thousands of strings: few have anything to escape. */
function quoted(text: string): string {
  return ESCAPED.test(text) ? JSON.stringify(text) : `"${text}"`;
}

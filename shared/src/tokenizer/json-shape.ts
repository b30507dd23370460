import { isWholeNumber } from '../whole-number.ts';

/** A JSON array of strings. */
export function isStringArray(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

/** A token id. */
export function isTokenId(value: unknown): value is number {
  return isWholeNumber(value, 0, 2 ** 31 - 1);
}

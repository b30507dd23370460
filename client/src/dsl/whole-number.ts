import { HeliumError, isWholeNumber } from '@helium/shared';

/** Where the wire's 0 stands for the default 1, so that a 0 that is written must be refused: what may be. */
export const NOT_ZERO = {
  topP: 'takes above 0 to 1',
  repetitionPenalty: 'takes 1 to 2',
} as const;

/** Largest value of the wire's counts. */
export const COUNT_MAX = 2 ** 32 - 1;
const SEED_MAX = 2n ** 64n - 1n;

/**
 * A count as the wire has it. The encoder would wrap what does not fit and cut fractions, so what the
 * coordinator refused would not be what was written. Throws WORKFLOW_INVALID, or `code`.
 */
export function requireCount(
  name: string,
  value: number,
  min: number,
  code: 'WORKFLOW_INVALID' | 'OPTIONS_INVALID' = 'WORKFLOW_INVALID',
): number {
  if (isCount(value, min)) return value;
  throw new HeliumError(code, `${name} is ${value}, ${countsFrom(min)}`);
}

/** Whether the number can be sent as it is. */
export function isCount(value: number, min: number): boolean {
  return isWholeNumber(value, min, COUNT_MAX);
}

/** For messages: what `isCount` takes. */
export function countsFrom(min: number): string {
  return `takes whole numbers ${min} to ${COUNT_MAX}`;
}

/** A sampling seed as decimal digits; undefined where it is none: not whole, negative, beyond 64 bits. */
export function seedDigits(value: number | bigint | string): string | undefined {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) return undefined;
  const digits = String(value);
  return /^\d+$/.test(digits) && BigInt(digits) <= SEED_MAX ? digits : undefined;
}

/** For messages: what `seedDigits` takes. */
export const SEEDS = `takes whole numbers 0 to ${SEED_MAX}`;

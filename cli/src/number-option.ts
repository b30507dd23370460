import { HeliumError, parseWholeNumber } from '@helium/shared';

/** The value of an option that counts. Throws OPTIONS_INVALID that names option, value and what is taken. */
export function numberOption(name: string, value: unknown, min: number): number {
  const number = parseWholeNumber(String(value), min);
  if (number !== undefined) return number;
  const message = `--${name}: "${value}" is not a whole number from ${min}`;
  throw new HeliumError('OPTIONS_INVALID', message);
}

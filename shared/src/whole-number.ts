/** Whether the value is a whole number from `min` to `max`; beyond 2^53 doubles have none that stands for itself alone. */
export function isWholeNumber(
  value: unknown,
  min = 0,
  max = Number.MAX_SAFE_INTEGER,
): value is number {
  return Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max;
}

/** The whole number from `min` to `max` that a text's decimal digits write; undefined for any other text. */
export function parseWholeNumber(text: string, min?: number, max?: number): number | undefined {
  const value = /^\s*\d+\s*$/.test(text) ? Number(text) : undefined;
  return isWholeNumber(value, min, max) ? value : undefined;
}

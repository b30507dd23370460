/** SQLite's result codes; the low byte of an extended one. */
const BUSY = 5;
const CORRUPT = 11;
const NOT_A_DATABASE = 26;

/** SQLite's extended code of an error, or of what caused it. */
export function sqliteCodeOf(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  return 'errcode' in error ? Number(error.errcode) : sqliteCodeOf(error.cause);
}

/** Whether the file is damaged, or none of SQLite's. */
export function isDamage(error: unknown): boolean {
  return [CORRUPT, NOT_A_DATABASE].includes(resultOf(error));
}

/** Whether another process has the file locked. */
export function isBusy(error: unknown): boolean {
  return resultOf(error) === BUSY;
}

function resultOf(error: unknown): number {
  return (sqliteCodeOf(error) ?? 0) & 0xff;
}

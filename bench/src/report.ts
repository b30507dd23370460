import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { formatError, HeliumError } from '@helium/shared';

/** A line for whoever watches: results go to standard output. */
export function report(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Columns as wide as their widest cell, a line per row; all but the first to the right. */
export function formatTable(rows: readonly (readonly (string | number)[])[]): string {
  const cells = rows.map((row) => row.map(String));
  const widths = (cells[0] ?? []).map((_, column) =>
    Math.max(...cells.map((row) => row[column]?.length ?? 0)),
  );
  const pad = (cell: string, column: number) =>
    column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);
  return cells.map((row) => `${row.map(pad).join('  ').trimEnd()}\n`).join('');
}

/** What a comparison found: whether it holds, as text and as JSON. */
export interface Finding {
  readonly holds: boolean;
  readonly text: string;
  readonly json: Readonly<Record<string, unknown>>;
}

/** What every program takes: whether its finding is printed as JSON. */
const COMMON = { json: { type: 'boolean', default: false } } as const;

/** The options given on the command line, these and --json; ends the program with 2 where there are others. */
export function parseOptions<const T extends ParseArgsOptionsConfig>(options: T) {
  try {
    return parseArgs({ options: { ...options, ...COMMON } }).values;
  } catch (thrown) {
    report((thrown as Error).message);
    process.exit(2);
  }
}

/** The frame of each program: exit code 0 where the finding holds, 1 where not, 2 where none was made. */
export async function runProgram(asJson: boolean, find: () => Promise<Finding>): Promise<void> {
  try {
    const { holds, text, json } = await find();
    process.stdout.write(asJson ? `${JSON.stringify({ holds, ...json })}\n` : `\n${text}`);
    process.exitCode = holds ? 0 : 1;
  } catch (thrown) {
    report(formatError(HeliumError.from(thrown)));
    process.exitCode = 2;
  }
}

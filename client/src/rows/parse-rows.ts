import { type Fault, HeliumError } from '@helium/shared';
import { STACK_ENDED, TOO_DEEP } from '../too-deep.ts';

/**
 * Rows from JSON Lines: one object of texts a line; numbers and booleans become their JSON text, digit
 * for digit. Empty lines are allowed. Throws ROWS_INVALID with every fault, each with its line number.
 */
export function parseRows(source: string, name: string): Record<string, string>[] {
  const faults: Fault[] = [];
  const rows: Record<string, string>[] = [];
  source.split('\n').forEach((line, i) => {
    if (line.trim() === '') return;
    const field = `${name}:${i + 1}`;
    const row = parseRow(line, field, faults);
    if (row !== undefined) rows.push(row);
  });
  if (rows.length === 0 && faults.length === 0) {
    faults.push({ field: name, message: 'has no rows; at least one is needed' });
  }
  if (faults.length > 0) {
    throw new HeliumError('ROWS_INVALID', `${name}: ${faults.length} fault(s)`, { faults });
  }
  return rows;
}

function parseRow(
  line: string,
  field: string,
  faults: Fault[],
): Record<string, string> | undefined {
  let value: unknown;
  try {
    value = parseExactly(line);
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    faults.push({ field, message: STACK_ENDED.test(said) ? TOO_DEEP : `not JSON: ${said}` });
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const found = Array.isArray(value) ? 'a list' : value === null ? 'null' : `a ${typeof value}`;
    faults.push({ field, message: `must be an object of texts; is ${found}` });
    return undefined;
  }
  const cells: [string, string][] = [];
  for (const [column, cell] of Object.entries(value)) {
    const refuse = (message: string) => faults.push({ field: `${field} "${column}"`, message });
    if (typeof cell === 'boolean') cells.push([column, String(cell)]);
    else if (typeof cell !== 'string')
      refuse(`must be a text, number or boolean; is ${kindOf(cell)}`);
    else if (!cell.isWellFormed() || !column.isWellFormed())
      refuse('has a lone surrogate: it is no text');
    else cells.push([column, cell]);
  }
  for (const column of cells.length === Object.keys(value).length ? repeatedKeys(line) : []) {
    faults.push({ field: `${field} "${column}"`, message: 'is there twice: one would be lost' });
  }
  return Object.fromEntries(cells);
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : `an ${typeof value}`;
}

/** As JSON.parse, but numbers are the text that stands there: 1.10, and more digits than a double has. */
function parseExactly(line: string): unknown {
  return JSON.parse(line, (_key, value, context?: { readonly source?: string }) =>
    typeof value === 'number' ? (context?.source ?? String(value)) : value,
  );
}

/** Of an object without objects in it: JSON.parse keeps the last of equal keys and says nothing. */
function repeatedKeys(line: string): Set<string> {
  const seen = new Set<string>();
  const repeated = new Set<string>();
  for (let start = line.indexOf('"'); start >= 0; ) {
    const end = endOfString(line, start);
    // A value is followed by a comma or the end.
    if (/^\s*:/.test(line.slice(end, line.indexOf('"', end)))) {
      const key: string = JSON.parse(line.slice(start, end));
      if (seen.has(key)) repeated.add(key);
      seen.add(key);
    }
    start = line.indexOf('"', end);
  }
  return repeated;
}

/** Behind the closing quote of the JSON string that begins here. */
function endOfString(line: string, start: number): number {
  let at = start + 1;
  while (line[at] !== '"') at += line[at] === '\\' ? 2 : 1;
  return at + 1;
}

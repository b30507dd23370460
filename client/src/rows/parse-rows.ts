import { type Fault, HeliumError } from '@helium/shared';

/**
 * Rows from JSON Lines: one object of texts a line; numbers and booleans become their JSON text. Empty
 * lines are allowed. Throws ROWS_INVALID with every fault, each with its line number.
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
    throw new HeliumError('ROWS_INVALID', `${name}: ${faults.length} malformed line(s)`, {
      faults,
    });
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
    value = JSON.parse(line);
  } catch (error) {
    faults.push({
      field,
      message: `not JSON: ${error instanceof Error ? error.message : String(error)}`,
    });
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const found = Array.isArray(value) ? 'a list' : value === null ? 'null' : `a ${typeof value}`;
    faults.push({ field, message: `must be an object of texts; is ${found}` });
    return undefined;
  }
  const row: Record<string, string> = {};
  for (const [column, cell] of Object.entries(value)) {
    if (typeof cell === 'string' && !cell.isWellFormed()) {
      faults.push({
        field: `${field} "${column}"`,
        message: 'has a lone surrogate: it is no text',
      });
    } else if (typeof cell === 'string') row[column] = cell;
    else if (typeof cell === 'number' || typeof cell === 'boolean') row[column] = String(cell);
    else
      faults.push({
        field: `${field} "${column}"`,
        message: `must be a text, number or boolean; is ${JSON.stringify(cell)}`,
      });
  }
  return row;
}

import type { OperatorId } from '@helium/shared';
import type { FaultList } from './fault-list.ts';
import type { PlanLimits } from './limits.ts';
import type { Row } from './operator.ts';
import { loneSurrogate } from './validate-operator.ts';

/**
 * Records what is wrong with the rows: their count, fields that inputs read and a row lacks, and
 * texts that are too long or not Unicode. `fields` maps each column that is read to an input that
 * reads it.
 */
export function validateRows(
  rows: readonly Row[],
  fields: ReadonlyMap<string, OperatorId>,
  limits: PlanLimits,
  faults: FaultList,
): void {
  const { rowsMax } = limits;
  if (rows.length < 1 || rows.length > rowsMax) {
    const message = `there are ${rows.length} rows, takes 1 to ${rowsMax} (rowsMax)`;
    faults.add('ROWS_INVALID', 'rows', message);
    return;
  }
  for (const [i, row] of rows.entries()) {
    for (const [field, input] of fields) {
      if (Object.hasOwn(row, field)) continue;
      const message = `row ${i} lacks field "${field}", which input "${input}" reads`;
      faults.add('ROWS_INVALID', `rows[${i}]`, message);
    }
    validateRowTexts(row, i, limits, faults);
  }
}

function validateRowTexts(row: Row, index: number, limits: PlanLimits, faults: FaultList): void {
  const { textCharactersMax } = limits;
  for (const [field, text] of Object.entries(row)) {
    const at = `rows[${index}].${field}`;
    if (typeof text !== 'string') {
      faults.add('ROWS_INVALID', at, `row ${index}, field "${field}": is not a text`);
    } else if (text.length > textCharactersMax) {
      const size = `${text.length} characters, textCharactersMax is ${textCharactersMax}`;
      faults.add('ROWS_INVALID', at, `row ${index}, field "${field}": text has ${size}`);
    } else if (!text.isWellFormed()) {
      faults.add('TEXT_INVALID', at, `row ${index}, field "${field}": ${loneSurrogate(text)}`);
    }
  }
}

import type { Workflow } from '@helium/client';
import { HeliumError } from '@helium/shared';
import type { Command } from 'commander';
import { numberOption } from '../number-option.ts';
import { type LoadedWorkflow, loadRows, loadWorkflow } from './load-workflow.ts';

/** A workflow with the rows to run it on. */
export interface Batch {
  readonly workflow: Workflow;
  readonly rows: readonly Readonly<Record<string, string>>[];
  /** The `functions` setting with the workflow's own modules added. */
  functionsSetting(given: unknown): string | undefined;
}

/** The options by which a command names rows. */
export function withBatchOptions(command: Command): Command {
  return command
    .option('--rows <file>', 'rows as JSON Lines; of an example, how many of its own')
    .option('--limit <count>', 'use the first rows only');
}

/** Throws ROWS_INVALID, WORKFLOW_INVALID or FILE_INVALID with every fault. */
export async function loadBatch(
  target: string,
  flags: Readonly<Record<string, unknown>>,
): Promise<Batch> {
  const loaded = await loadWorkflow(target);
  const limit = parseLimit(flags.limit);
  const rows = await rowsOf(target, loaded, flags.rows, limit);
  return {
    workflow: loaded.workflow,
    rows: limit === undefined ? rows : rows.slice(0, limit),
    functionsSetting(given) {
      const paths = [
        ...(typeof given === 'string' && given !== '' ? [given] : []),
        ...loaded.functions,
      ];
      return paths.length === 0 ? undefined : paths.join(',');
    },
  };
}

async function rowsOf(
  target: string,
  loaded: LoadedWorkflow,
  file: unknown,
  limit: number | undefined,
): Promise<readonly Readonly<Record<string, string>>[]> {
  const { exampleRows } = loaded;
  if (typeof file === 'string') {
    const isCount = exampleRows !== undefined && /^\d+$/.test(file);
    return isCount ? countedRows(target, exampleRows, file) : loadRows(file);
  }
  if (exampleRows !== undefined) return exampleRows(limit);
  if (loaded.workflow.inputs.length === 0) return [{}];
  const columns = loaded.workflow.inputs.join(', ');
  throw new HeliumError('ROWS_INVALID', `${target}: needs --rows FILE with the columns ${columns}`);
}

/** As many of an example's rows as are asked for, not fewer. */
async function countedRows(
  example: string,
  exampleRows: NonNullable<LoadedWorkflow['exampleRows']>,
  value: string,
): Promise<readonly Readonly<Record<string, string>>[]> {
  const count = numberOption('rows', value, 1);
  const rows = await exampleRows(count);
  if (rows.length === count) return rows;
  throw new HeliumError(
    'OPTIONS_INVALID',
    `--rows: ${count}, but ${example} has ${rows.length} rows`,
  );
}

function parseLimit(value: unknown): number | undefined {
  return value === undefined ? undefined : numberOption('limit', value, 1);
}

import type { Workflow } from '@helium/client';
import { HeliumError } from '@helium/shared';
import type { Command } from 'commander';
import { loadRows, loadWorkflow } from './load-workflow.ts';

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
    .option('--rows <file>', 'rows as JSON Lines; an example has its own')
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
  loaded: Awaited<ReturnType<typeof loadWorkflow>>,
  file: unknown,
  limit: number | undefined,
): Promise<readonly Readonly<Record<string, string>>[]> {
  if (typeof file === 'string') return loadRows(file);
  if (loaded.exampleRows !== undefined) return loaded.exampleRows(limit);
  if (loaded.workflow.inputs.length === 0) return [{}];
  const columns = loaded.workflow.inputs.join(', ');
  throw new HeliumError('ROWS_INVALID', `${target}: needs --rows FILE with the columns ${columns}`);
}

function parseLimit(value: unknown): number | undefined {
  if (value === undefined) return undefined;
  const count = Number(value);
  if (Number.isInteger(count) && count >= 1) return count;
  throw new HeliumError('OPTIONS_INVALID', `--limit: "${value}" is not a whole number from 1`);
}

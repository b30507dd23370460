import type { wire } from '@helium/proto';
import { HeliumError, isWholeNumber } from '@helium/shared';
import { type Keys, requireKnown, requireList, shown } from '../dsl/require.ts';
import { requireCount } from '../dsl/whole-number.ts';
import type { Workflow } from '../dsl/workflow.ts';
import type { CallOptions } from './connection.ts';

/** How to run. The defaults serve. */
export interface RunOptions extends CallOptions {
  /** A scheduling policy by name; the coordinator's own by default. */
  readonly policy?: string;
  /** Optimizer rules to leave out, by name. */
  readonly disabledRules?: readonly string[];
  /** Neither reads nor fills the prompt cache. */
  readonly bypassPromptCache?: boolean;
  /** One call at a time, nothing merged, cached or reused. */
  readonly naive?: boolean;
  /** Tells texts while they are generated, by events `delta`. */
  readonly streamDeltas?: boolean;
  /** For policies that choose by chance; not that of sampling. 0 to 2^32 - 1. */
  readonly seed?: number;
  /** From acceptance until the run fails with DEADLINE_PASSED, ms; none by default. */
  readonly deadlineMs?: number;
  /** From -4 to 4: each step up is four times the share among one's own runs. */
  readonly priority?: number;
  /** A UUID, or other text, under which a repeated request gives the same run; made if absent. */
  readonly requestId?: string;
}

const KEYS: Keys<RunOptions> = {
  signal: true,
  policy: true,
  disabledRules: true,
  bypassPromptCache: true,
  naive: true,
  streamDeltas: true,
  seed: true,
  deadlineMs: true,
  priority: true,
  requestId: true,
};
const PRIORITY_MAX = 4;

export type Rows = readonly Readonly<Record<string, string>>[];

/** As it travels. Throws OPTIONS_INVALID and ROWS_INVALID for what would not arrive as it is. */
export function runRequest(
  workflow: Workflow,
  rows: Rows,
  options: RunOptions,
): wire.ExplainRunRequest {
  requireKnown('options', options, KEYS, 'OPTIONS_INVALID');
  requireCells(rows);
  return {
    workflow: workflow.message,
    rows: rows.map((fields) => ({ fields })),
    options: {
      policy: options.policy ?? '',
      disabledRules: [
        ...requireList('disabledRules', options.disabledRules ?? [], 'OPTIONS_INVALID'),
      ],
      bypassPromptCache: options.bypassPromptCache ?? false,
      naive: options.naive ?? false,
      streamDeltas: options.streamDeltas ?? false,
      seed: requireCount('seed', options.seed ?? 0, 0, 'OPTIONS_INVALID'),
      deadlineMs: String(requireCount('deadlineMs', options.deadlineMs ?? 0, 0, 'OPTIONS_INVALID')),
      priority: requirePriority(options.priority ?? 0),
    },
  };
}

/** The encoder would make a text of anything: "undefined", "[object Object]". */
function requireCells(rows: Rows): void {
  if (!Array.isArray(rows)) {
    throw new HeliumError('ROWS_INVALID', `rows are ${shown(rows)}, take a list of objects`);
  }
  const faults = rows.flatMap((row: unknown, i) => {
    const field = `rows[${i}]`;
    if (typeof row !== 'object' || row === null) {
      return { field, message: `is ${shown(row)}, takes texts by column` };
    }
    const wrong = Object.entries(row).filter(([, cell]) => typeof cell !== 'string');
    return wrong.map(([column, cell]) => {
      return { field: `${field} "${column}"`, message: `is ${shown(cell)}, takes a text` };
    });
  });
  const [first] = faults;
  if (first === undefined) return;
  const more = faults.length === 1 ? '' : `, and ${faults.length - 1} more`;
  const message = `${first.field} ${first.message}${more}`;
  throw new HeliumError('ROWS_INVALID', message, { faults });
}

/** The encoder would cut a fraction. */
function requirePriority(priority: number): number {
  if (isWholeNumber(priority + PRIORITY_MAX, 0, 2 * PRIORITY_MAX)) return priority;
  const message = `priority is ${priority}, takes whole numbers -${PRIORITY_MAX} to ${PRIORITY_MAX}`;
  throw new HeliumError('OPTIONS_INVALID', message);
}

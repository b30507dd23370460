import { indexInstance } from '../scheduler/index.ts';
import type { CallNames } from './call-names.ts';
import type { ExplainedPool } from './explained-plan.ts';
import { forecast } from './forecast.ts';
import { counted, cut, grouped, share, table } from './text-layout.ts';

/** Lines of all workers together, at most; each worker has its part of them. */
const LINES_MAX = 48;
const WORKER_LINES_MIN = 4;
const NAMES_MAX = 62;

/** Calls of one shape that a worker runs one after the other. */
interface CallRun {
  readonly calls: number[];
}

/** Per worker what it runs, calls of one shape in a row on one line. */
export function outlineSchedule(pool: ExplainedPool, names: CallNames): string {
  const { sequences, report } = pool.planned;
  const { promptTokens } = indexInstance(pool.instance);
  const played = forecast(pool);
  const most = Math.max(WORKER_LINES_MIN, Math.floor(LINES_MAX / Math.max(1, sequences.length)));
  const lines = [...headline(pool, report.candidates.length), ''];
  for (const [worker, calls] of sequences.entries()) {
    const runs = runsOf(calls, (call) => names.shapeOf(pool.nodeOfCall[call] ?? -1));
    const shown = runs.slice(0, most);
    const cells = shown.map((run) => runCells(run, pool, names, promptTokens, played?.reusedBy));
    lines.push(`${pool.workers[worker] ?? `worker ${worker}`}: ${counted(calls.length, 'call')}`);
    lines.push(...table(cells, [0, 2, 3]).map((line) => `  ${line}`));
    const left = runs.slice(most).reduce((sum, run) => sum + run.calls.length, 0);
    if (left > 0) lines.push(`  … and ${counted(left, 'more call')}`);
    lines.push('');
  }
  return `${lines.join('\n').trimEnd()}\n`;
}

function headline(pool: ExplainedPool, tried: number): string[] {
  const { report } = pool.planned;
  const chosen = report.chosen === undefined ? '' : `: "${report.chosen.name}"`;
  const how = tried > 1 ? `, the best of ${tried} orders tried on the simulator${chosen}` : '';
  return [
    `Policy "${report.policy}"${how}.`,
    'A worker takes the calls from top to bottom, several at once; one that still waits for an answer is',
    'passed over. "reused" are the prompt tokens that the worker has computed for earlier calls already.',
  ];
}

function runsOf(calls: readonly number[], shapeOf: (call: number) => number): readonly CallRun[] {
  const runs: CallRun[] = [];
  let shape: number | undefined;
  for (const call of calls) {
    const next = shapeOf(call);
    if (next === shape) runs.at(-1)?.calls.push(call);
    else runs.push({ calls: [call] });
    shape = next;
  }
  return runs;
}

function runCells(
  { calls }: CallRun,
  pool: ExplainedPool,
  names: CallNames,
  promptTokens: Int32Array,
  reusedBy: Int32Array | undefined,
): string[] {
  const nodes = calls.map((call) => pool.nodeOfCall[call] ?? -1);
  const tokens = calls.reduce((sum, call) => sum + (promptTokens[call] ?? 0), 0);
  const named = names.describe(nodes, { alternatives: 3, patterns: 2 });
  const cells = [counted(calls.length, 'call'), cut(named, NAMES_MAX), `${grouped(tokens)} tokens`];
  if (reusedBy === undefined) return cells;
  const reused = calls.reduce((sum, call) => sum + (reusedBy[call] ?? 0), 0);
  return [...cells, `${share(reused, tokens)} reused`];
}

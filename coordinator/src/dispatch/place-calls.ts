import type { RunId, WorkerId } from '@helium/shared';
import { DEFAULT_POLICY, planSchedule } from '../scheduler/index.ts';
import type { NodeRef, WorkerSequence } from './core/core-event.ts';
import type { DispatchCore } from './core/dispatch-core.ts';
import { cutForBusy } from './cut-for-busy.ts';
import { groundOf, laySequences } from './lay-sequences.ts';
import type { LivePrompts } from './live-prompts.ts';
import { type Pool, placesOf, poolProblem, sequencePlaces } from './make-schedule.ts';
import { atOnce } from './portions.ts';
import { poolsOf, type ScheduledRun } from './schedule-maker.ts';

/** New calls beyond which they wait for the schedule: placing them would hold everything else up. */
const CALLS_MAX = 4000;

/** New calls that get their places in one turn of the event loop: the first are sent before the others have theirs. */
const CALLS_PER_PART = 250;

/** Of the first part: what can be sent at once is to wait for little. */
const CALLS_OF_FIRST = 64;

/** A row of more parts is taken apart: a graph that is one row would hold everything up. */
const PARTS_OF_ROW = 2;

/** Calls of the parts before, and the row of each. */
export type TriedCalls = Map<string, string>;

/** Places for some of the calls that had none. */
export interface PlacedPart {
  readonly workers: readonly WorkerSequence[];
  /** Whether there are others, which are to be asked for next. */
  readonly isPart: boolean;
}

/**
 * Places for calls that have none, beside the schedule that stands: the rows that come first, of
 * `callsMax` calls (64 in the first part) or a few more, are planned alone in one constructive pass, as if the workers
 * were idle, and laid on the workers where they end first, in pieces where all workers are busy. `tried`: calls of the
 * parts before, to which those of this one are added.
 * O(new calls + calls of the part · workers · log); nothing of what is placed already is looked at again.
 */
export function placeCalls(
  core: DispatchCore,
  prompts: LivePrompts,
  runs: ReadonlyMap<RunId, ScheduledRun>,
  tried: TriedCalls,
  callsMax: number = CALLS_PER_PART,
): PlacedPart {
  const all = core.planning.unplacedCalls().filter((call) => !tried.has(keyOf(call)));
  const newest = [...runs.values()].at(-1);
  if (newest === undefined || all.length > CALLS_MAX) return { workers: [], isPart: false };
  const partMax = tried.size === 0 ? Math.min(CALLS_OF_FIRST, callsMax) : callsMax;
  const rowMax = PARTS_OF_ROW * callsMax;
  const open = firstRows(all, (call) => core.planning.rowOf(call), partMax, rowMax);
  const rowOf = (call: NodeRef) => `${call.run}\n${core.planning.rowOf(call)}`;
  const rows = new Set([...tried.values(), ...all.map(rowOf)]).size;
  for (const call of open) tried.set(keyOf(call), rowOf(call));
  const isSlow = (worker: WorkerId) => core.planning.isSpared(worker);
  const workers = poolsOf(core.registry, isSlow).flatMap((pool) => {
    const problem = poolProblem(prompts, pool, open, []);
    if (problem === undefined) return [];
    const { instance } = problem;
    const policy = constructivePolicy(newest.policy, rows, pool);
    const planned = planSchedule({ instance, policy, seed: newest.seed });
    const places = atOnce(placesOf(problem, (run) => runs.get(run)?.cacheSalt ?? ''));
    const { planning } = core;
    const ground = groundOf(pool.workers, planning, {
      loadOf: (worker) => planning.expectedWork(worker),
      knows: (worker, prefix) => planning.knowsPrefix(worker, prefix),
    });
    return laySequences(cutForBusy(sequencePlaces(places, planned), ground), ground);
  });
  return { workers, isPart: open.length < all.length };
}

/**
 * Calls of whole rows, in the order in which they came: `callsMax` at least, where there are as many. Of a row
 * of more than `rowMax` calls as many as are wanted: in plan order nothing that they wait for comes behind them.
 */
export function firstRows(
  calls: readonly NodeRef[],
  rowOf: (call: NodeRef) => number | undefined,
  callsMax: number,
  rowMax: number,
): readonly NodeRef[] {
  if (calls.length <= callsMax) return calls;
  const byRow = Map.groupBy(calls, (call) => `${call.run}\n${rowOf(call)}`);
  const chosen = new Set<NodeRef>();
  for (const row of byRow.values()) {
    if (chosen.size >= callsMax) break;
    for (const call of row.length > rowMax ? row.slice(0, callsMax) : row) chosen.add(call);
  }
  return calls.filter((call) => chosen.has(call));
}

function keyOf({ run, node }: NodeRef): string {
  return `${run}\n${node}`;
}

/**
 * Whole rows to a worker where there are enough of them, in all parts together; the longest way to the end
 * first otherwise.
 */
function constructivePolicy(policy: string, rows: number, { workers }: Pool): string {
  if (policy !== '' && policy !== DEFAULT_POLICY) return policy;
  return rows >= workers.length ? 'row-bound' : 'critical-path-prefix';
}

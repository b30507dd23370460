import type { WorkerId, WorkerIdentity } from '@helium/shared';
import type { AttachedWorker } from '../../cluster/index.ts';
import { mayTakeOver, residentTokens } from './call-work.ts';
import type { LiveCall } from './live-call.ts';
import type { PumpParts } from './pump.ts';

/** A call is taken back only where it would wait this share of the time that it runs, or longer. */
const WAIT_SHARE_MIN = 1 / 8;
/** Times that a call is taken back. */
const RECALLS_MAX = 3;

/** Whether some worker has a queue that calls may be taken back from. O(workers with a queue). */
export function hasBacklog({ flights, registry, speeds }: PumpParts): boolean {
  for (const worker of flights.backlogged) {
    const identity = registry.find(worker)?.identity;
    if (identity && isLong(flights.surplus(worker) * speeds.slowness(worker), identity))
      return true;
  }
  return false;
}

function isLong(surplus: number, { maxBatch }: WorkerIdentity): boolean {
  return surplus >= WAIT_SHARE_MIN * maxBatch;
}

interface Backlog {
  readonly victim: WorkerId;
  /** Calls beyond those that step together, not asked back yet. */
  readonly surplus: number;
  /** Token time until the last of them begins. */
  readonly wait: number;
}

/**
 * An idle worker finds nothing that is not sent: half of what waits at the worker whose queue is
 * longest in time is asked back for it, unless begun there, and unless its prefixes cost more than the
 * wait. Returns the calls.
 */
export function chooseRecalls(parts: PumpParts, thief: AttachedWorker, open: number): LiveCall[] {
  const { flights } = parts;
  const { workerId } = thief.identity;
  const backlog = longestBacklog(parts, thief);
  if (backlog === undefined) return [];
  const { victim, surplus, wait } = backlog;
  const wanted = Math.min(open - flights.promisedCount(workerId), Math.ceil(surplus / 2));
  if (wanted <= 0) return [];
  const pays = (call: LiveCall) => rebuiltTokens(parts, call, victim, thief) <= wait;
  return [...flights.calls(victim)]
    .filter((call) => isMovable(call) && !call.failedOn.has(workerId) && pays(call))
    .sort((a, b) => (a.flight?.order ?? 0) - (b.flight?.order ?? 0))
    .slice(-wanted);
}

function longestBacklog(parts: PumpParts, thief: AttachedWorker): Backlog | undefined {
  const { registry, flights, speeds, schedule } = parts;
  let longest: Backlog | undefined;
  for (const victim of flights.backlogged) {
    const surplus = flights.surplus(victim);
    const identity = registry.find(victim)?.identity;
    if (identity?.model !== thief.identity.model) continue;
    const slowness = speeds.slowness(victim);
    if (!isLong(surplus * slowness, identity)) continue;
    if (victim === thief.identity.workerId || schedule.isStrict(victim)) continue;
    if (!mayTakeOver(parts, thief.identity, identity)) continue;
    const wait = (flights.work(victim) / flights.count(victim)) * surplus * slowness;
    if (longest === undefined || wait > longest.wait) longest = { victim, surplus, wait };
  }
  return longest;
}

function isMovable({ flight, naive, recalls }: LiveCall): boolean {
  const isAsked = flight === undefined || flight.recalledFor !== undefined;
  return !isAsked && !naive && recalls < RECALLS_MAX;
}

function rebuiltTokens(
  { residency, speeds }: PumpParts,
  { flight }: LiveCall,
  victim: WorkerId,
  { identity: { workerId, blockTokens } }: AttachedWorker,
): number {
  if (flight?.place === undefined) return 0;
  const mine = residentTokens(residency, workerId, flight.place, blockTokens);
  const theirs = residentTokens(residency, victim, flight.place, blockTokens);
  return Math.max(0, theirs - mine) * speeds.slowness(workerId);
}

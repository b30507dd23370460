import type { WorkerId } from '@helium/shared';
import { type AttachedWorker, takesCalls } from '../../cluster/index.ts';
import { callWork, expectedWork, mayTakeOver, residentTokens } from './call-work.ts';
import type { PumpParts } from './pump.ts';
import type { StealCandidate } from './steal-call.ts';

/** Waiting calls of a victim that a thief looks at. */
const CANDIDATES_MAX = 256;

/** What an idle worker may take of the one whose calls would wait longest. O(workers with ready calls). */
export function stealCandidates(parts: PumpParts, thief: AttachedWorker): Iterable<StealCandidate> {
  const { registry, speeds } = parts;
  const from = longestQueue(parts, thief);
  if (from === undefined) return [];
  const candidates = waitingAt(parts, thief, from);
  const victim = registry.find(from);
  if (victim === undefined || !takesCalls(victim)) return candidates;
  if (!mayTakeOver(parts, thief.identity, victim.identity)) return [];
  const isLate = speeds.isSlow(thief.identity.workerId);
  return isLate ? doneInTime(parts, candidates, thief, victim) : candidates;
}

/** The worker whose ready calls would wait longest, whether it takes calls now or not. */
function longestQueue(parts: PumpParts, thief: AttachedWorker): WorkerId | undefined {
  const { ready, registry, flights, schedule, speeds } = parts;
  const { workerId, model } = thief.identity;
  let longest: { readonly worker: WorkerId; readonly wait: number } | undefined;
  for (const [worker, waiting] of ready.waitingCounts()) {
    const victim = registry.find(worker);
    if (worker === workerId || schedule.isStrict(worker)) continue;
    if (victim !== undefined && victim.identity.model !== model) continue;
    const mean = flights.work(worker) / Math.max(1, flights.count(worker));
    const wait = (flights.work(worker) + waiting * mean) * speeds.slowness(worker);
    if (longest === undefined || wait > longest.wait) longest = { worker, wait };
  }
  return longest?.worker;
}

function* waitingAt(
  { ready, registry, flights, speeds, residency }: PumpParts,
  thief: AttachedWorker,
  from: WorkerId,
): Iterable<StealCandidate> {
  const { workerId, model, blockTokens } = thief.identity;
  const victim = registry.find(from);
  const inFlight = Math.max(1, flights.count(from));
  const mean = flights.work(from) / inFlight;
  const queued = Math.max(0, inFlight - (victim?.identity.maxBatch ?? 0));
  let ahead = 0;
  for (const { call, slot } of ready.placedAt(from)) {
    if (ahead++ >= CANDIDATES_MAX) return;
    if (call.operator.model !== model || call.failedOn.has(workerId)) continue;
    const mine = residentTokens(residency, workerId, slot.place, blockTokens);
    const theirs = residentTokens(residency, from, slot.place, blockTokens);
    const wait = mean * (queued + ahead) * speeds.slowness(from);
    const slower = Math.max(0, speeds.slowness(workerId) - speeds.slowness(from));
    const longer = slower * thief.identity.maxBatch * mean;
    yield {
      call,
      slot,
      rebuiltTokens: Math.max(0, theirs - mine) * speeds.slowness(workerId) + longer,
      waitTokens: victim !== undefined && takesCalls(victim) ? wait : Number.POSITIVE_INFINITY,
    };
  }
}

/**
 * Of these, those that a slow worker has done before the other is through with all that it has, and with what
 * may wait for them: whoever takes them holds nobody up.
 */
function* doneInTime(
  parts: PumpParts,
  candidates: Iterable<StealCandidate>,
  thief: AttachedWorker,
  victim: AttachedWorker,
): Iterable<StealCandidate> {
  const { speeds, residency } = parts;
  const { workerId, maxBatch } = thief.identity;
  const slowness = speeds.slowness(workerId);
  const end = expectedWork(parts, victim.identity);
  for (const candidate of candidates) {
    const { call, slot } = candidate;
    const work = callWork(call, slot.place, thief.identity, residency);
    if ((slowness + 1) * maxBatch * work <= end) yield candidate;
  }
}

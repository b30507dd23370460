import type { WorkerId } from '@helium/shared';
import type { AttachedWorker } from '../../cluster/index.ts';
import type { LiveCall } from './live-call.ts';
import type { PumpParts } from './pump.ts';

/** Running calls of a worker that its speed is judged by, and what share of them must be late. */
const JUDGED_MAX = 16;
const JUDGED_MIN = 4;
/** Calls that run are taken for late when they have run so many times longer than they should in all. */
const LATE_FACTOR = 1.2;
/** A running call is begun anew elsewhere where the rest here takes so many times the whole there. */
const RESTART_FACTOR = 1.2;

/**
 * On a tick: notices workers that have become slow, also by calls that do not end, and takes from them
 * what waits there and what would be done much sooner from the beginning elsewhere. Results count
 * once: what is taken back has ended as cancelled before it is sent again. True when workers became
 * slow or are no more: plans are of another cluster. O(busy workers + calls of slow ones), and what a
 * review of speeds costs.
 */
export function leaveSlowWorkers(parts: PumpParts, at: number): boolean {
  const { registry, speeds, schedule, flights } = parts;
  for (const id of flights.busy) {
    if (flights.count(id) >= JUDGED_MIN) judgeRunning(parts, registry.require(id), at);
  }
  const changed = speeds.review(at);
  for (const id of speeds.slow) {
    if (flights.count(id) === 0 || schedule.isStrict(id)) continue;
    const worker = registry.require(id);
    const ready = registry.ready(worker.identity.model);
    const fast = ready.filter(({ identity }) => !speeds.isSlow(identity.workerId));
    if (fast.length > 0) takeFrom(parts, worker, fast, at);
  }
  return changed;
}

/** Half of the calls that have run longest have taken at least so long. */
function judgeRunning(parts: PumpParts, { identity }: AttachedWorker, at: number): void {
  const { flights, speeds } = parts;
  const { workerId, model } = identity;
  const ratios: number[] = [];
  for (const call of flights.calls(workerId)) {
    if (ratios.length >= JUDGED_MAX) break;
    const usual = call.flight?.ranAtOnce ? usualMs(parts, call, identity) : undefined;
    if (usual !== undefined) ratios.push((at - (call.flight?.at ?? at)) / usual);
  }
  if (ratios.length < JUDGED_MIN) return;
  ratios.sort((a, b) => a - b);
  const median = ratios[(ratios.length - 1) >> 1] ?? 0;
  speeds.observeRunning(workerId, (median / LATE_FACTOR) * speeds.medianRatio(model), at);
}

function takeFrom(
  parts: PumpParts,
  { identity }: AttachedWorker,
  fast: readonly AttachedWorker[],
  at: number,
): void {
  const { flights, speeds, calls } = parts;
  const { workerId } = identity;
  const slowness = speeds.slowness(workerId);
  const clock = speeds.workClock(workerId, at);
  const movable = [...flights.calls(workerId)].filter(
    ({ flight, naive, recalls }) => !naive && flight?.recalledFor === undefined && recalls === 0,
  );
  const running = movable.filter((call) => {
    const usual = usualMs(parts, call, identity);
    const done = clock - (call.flight?.clockAt ?? clock);
    return usual !== undefined && slowness * (usual - done) > RESTART_FACTOR * usual;
  });
  const waiting = movable.filter((call) => !call.flight?.ranAtOnce && !running.includes(call));
  const target = leastLoaded(parts, fast);
  for (const call of [...running, ...waiting]) flights.recall(call, target);
  calls.recall(running, false);
  calls.recall(waiting, true);
}

function leastLoaded({ flights }: PumpParts, workers: readonly AttachedWorker[]): WorkerId {
  const ids = workers.map(({ identity }) => identity.workerId);
  return ids.reduce((a, b) => (flights.work(b) < flights.work(a) ? b : a));
}

/** What the call takes at a worker of usual speed, ms; undefined where that is not known. */
function usualMs(
  { speeds }: PumpParts,
  { flight }: LiveCall,
  identity: AttachedWorker['identity'],
): number | undefined {
  const place = flight?.place;
  if (place === undefined) return undefined;
  const { promptTokens, outputTokens } = place;
  const prefilledTokens = promptTokens / 2;
  const tokens = { promptTokens, prefilledTokens, outputTokens };
  const seconds = speeds.usualSeconds(identity, identity.maxBatch, tokens);
  return seconds === undefined ? undefined : seconds * 1000;
}

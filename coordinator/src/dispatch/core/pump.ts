import type { AttachedWorker, ResidencyIndex, WorkerRegistry } from '../../cluster/index.ts';
import type { CallDesk } from './call-desk.ts';
import type { Flights } from './flights.ts';
import type { LiveCall } from './live-call.ts';
import type { LiveRun } from './live-run.ts';
import type { ReadyCalls, TakenCall } from './ready-calls.ts';
import { chooseSteal } from './steal-call.ts';

export interface PumpParts {
  readonly registry: WorkerRegistry;
  readonly residency: ResidencyIndex;
  readonly flights: Flights;
  readonly ready: ReadyCalls;
  readonly calls: CallDesk;
}

/** What holds for this turn. */
export interface PumpTurn {
  /** A schedule is being made: calls without a place wait for it. */
  readonly holdLoose: boolean;
  readonly inFlightMax: number;
  readonly naiveRuns: readonly LiveRun[];
}

/**
 * Sends what can be sent within the workers' credits: each worker's own ready calls in schedule order
 * (blocked ones are skipped), then calls without a place, and an idle worker steals.
 */
export function pumpCalls(parts: PumpParts, turn: PumpTurn): void {
  for (const run of turn.naiveRuns) sendNaive(parts, run);
  for (const model of parts.registry.models()) {
    const workers = parts.registry.ready(model);
    for (const worker of workers) sendOwn(parts, worker, turn);
    if (!turn.holdLoose) sendLoose(parts, workers, model, turn);
    for (const worker of workers) steal(parts, worker, turn);
  }
}

function sendOwn(parts: PumpParts, worker: AttachedWorker, turn: PumpTurn): void {
  while (parts.flights.room(worker, turn.inFlightMax) > 0) {
    const taken = parts.ready.takeOwn(worker.identity.workerId);
    if (taken === undefined) return;
    send(parts, worker, taken);
  }
}

/** One by one to the worker with most room, so that no worker is handed everything. */
function sendLoose(
  parts: PumpParts,
  workers: readonly AttachedWorker[],
  model: string,
  turn: PumpTurn,
): void {
  const closed = new Set<AttachedWorker>();
  for (;;) {
    const open = workers.filter(
      (worker) => !closed.has(worker) && parts.flights.room(worker, turn.inFlightMax) > 0,
    );
    if (open.length === 0) return;
    const worker = open.reduce((most, next) =>
      loadOf(parts, next) < loadOf(parts, most) ? next : most,
    );
    const taken = parts.ready.takeLoose(model, (call) => suits(call, worker, workers));
    if (taken === undefined) closed.add(worker);
    else send(parts, worker, taken);
  }
}

/** A worker with an open place in its batch takes from the one with most waiting. */
function steal(parts: PumpParts, thief: AttachedWorker, turn: PumpTurn): void {
  const { workerId, maxBatch, model } = thief.identity;
  while (
    parts.flights.room(thief, turn.inFlightMax) > 0 &&
    parts.flights.count(workerId) < maxBatch
  ) {
    const waiting = parts.ready.placedElsewhere(workerId, model);
    const candidates = waiting
      .filter(({ call }) => !call.failedOn.has(workerId))
      .map(({ call, slot }) => {
        const prefix = slot.place.prefixes.at(-1)?.hashes ?? [];
        const mine = parts.residency.residentBlocks(workerId, prefix);
        const theirs = parts.residency.residentBlocks(slot.worker, prefix);
        const rebuiltTokens = Math.max(0, theirs - mine) * thief.identity.blockTokens;
        const victim = parts.registry.find(slot.worker);
        const victimBatch = victim?.state === 'ready' ? victim.identity.maxBatch : 0;
        return { call, slot, rebuiltTokens, victimBatch };
      });
    const chosen = chooseSteal(candidates);
    if (chosen === undefined) return;
    parts.ready.remove(chosen.call);
    send(parts, thief, { call: chosen.call, order: undefined });
  }
}

/** The yardstick: the run's calls in plan order, one at a time, on one worker as long as it lives. */
function sendNaive(parts: PumpParts, run: LiveRun): void {
  const node = run.nextNaiveCall();
  const call = node === undefined ? undefined : run.state(node).call;
  if (call === undefined || call.state !== 'ready') return;
  const { model } = call.operator;
  const workers = parts.registry.ready(model);
  const known = workers.find(({ identity }) => identity.workerId === run.naiveWorkers.get(model));
  const worker = [known, ...workers].find(
    (each) => each !== undefined && suits(call, each, workers),
  );
  if (worker === undefined) return;
  run.naiveWorkers.set(model, worker.identity.workerId);
  if (parts.flights.room(worker, Infinity) > 0) send(parts, worker, { call, order: undefined });
}

function send(parts: PumpParts, worker: AttachedWorker, { call, order }: TakenCall): void {
  parts.flights.send(worker, call, order);
  parts.calls.endSlots(call);
  const [leader] = call.owners;
  if (leader !== undefined) parts.calls.announceStart(leader, worker.identity.workerId);
}

/** A worker that failed the call gets it again only when every other did as well. */
function suits(
  call: LiveCall,
  worker: AttachedWorker,
  workers: readonly AttachedWorker[],
): boolean {
  const failed = (each: AttachedWorker) => call.failedOn.has(each.identity.workerId);
  return !failed(worker) || workers.every(failed);
}

function loadOf(parts: PumpParts, { identity }: AttachedWorker): number {
  return parts.flights.count(identity.workerId) / identity.maxBatch;
}

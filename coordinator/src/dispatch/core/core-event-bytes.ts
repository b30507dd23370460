import type { KnownResult } from '../../journal/run-records.ts';
import type { PhysicalNode } from '../../plan/physical-plan.ts';
import type { WorkerEvent } from '../worker-port.ts';
import type { CoreEvent, WorkerSequence } from './core-event.ts';

/** Of an event, and of one of the many things in it, beside their texts. */
const EVENT_BYTES = 200;
const NODE_BYTES = 400;
const PLACE_BYTES = 120;
const BLOCK_BYTES = 80;
const LOGPROB_BYTES = 100;

/**
 * About how much memory an event holds, bytes: texts by their length. Operators, and prefixes that places share,
 * are left out: many events have the same.
 */
export function coreEventBytes(event: CoreEvent): number {
  return EVENT_BYTES + contentBytes(event);
}

function contentBytes(event: CoreEvent): number {
  switch (event.kind) {
    case 'runPlanned':
      return sumOf(event.run.plan.nodes, nodeBytes) + sumOf(event.run.known?.values(), knownBytes);
    case 'nodeExpanded':
      return sumOf(event.expanded.nodes, nodeBytes);
    case 'scheduleMade':
      return sumOf(event.schedule.workers, placesBytes);
    case 'callsPlaced':
    case 'scheduleImproved':
      return sumOf(event.workers, placesBytes);
    case 'cacheAnswer':
      return sumOf(event.hits.values(), ({ length }) => length);
    case 'functionDone':
      return event.text.length;
    case 'workerSaid':
      return saidBytes(event.event);
    default:
      return 0;
  }
}

function nodeBytes({ action, inputs, rows }: PhysicalNode): number {
  const text = action.kind === 'value' ? action.text.length : 0;
  return NODE_BYTES + 8 * (inputs.length + rows.length) + text;
}

function knownBytes({ text, logprobs = [] }: KnownResult): number {
  return NODE_BYTES + text.length + LOGPROB_BYTES * logprobs.length;
}

function placesBytes({ places }: WorkerSequence): number {
  return PLACE_BYTES * places.length;
}

function saidBytes(event: Exclude<WorkerEvent, { kind: 'attached' }>): number {
  switch (event.kind) {
    case 'result':
      return event.result.text.length + LOGPROB_BYTES * (event.result.logprobs?.length ?? 0);
    case 'residency':
      return sumOf(event.events, ({ event: said }) =>
        said.kind === 'cleared' ? 0 : BLOCK_BYTES * said.blocks.length,
      );
    case 'snapshot':
      return BLOCK_BYTES * event.snapshot.blocks.length;
    default:
      return 0;
  }
}

function sumOf<T>(items: Iterable<T> | undefined, bytesOf: (item: T) => number): number {
  let sum = 0;
  for (const item of items ?? []) sum += bytesOf(item);
  return sum;
}

import {
  callId,
  NO_USAGE,
  operatorId,
  runId,
  type SequenceBlockHash,
  workerId,
} from '@helium/shared';
import { describe, expect, it } from 'vitest';
import type { PhysicalNode } from '../../plan/physical-plan.ts';
import type { WorkerEvent } from '../worker-port.ts';
import type { CoreEvent, Place, PlannedRun } from './core-event.ts';
import { identityOf } from './identity-of.fixture.ts';
import { EventJournal, readJournal } from './journal.ts';

const KIB = 1024;
const TEXT = 'x'.repeat(100 * KIB);
const WORKER = workerId('w');
const RUN = runId('r');
const LOGPROBS = Array.from({ length: KIB }, () => ({ token: 1, text: '', logprob: 0 }) as never);
const BLOCKS = Array.from({ length: 4 * KIB }, (_, i) => String(i) as SequenceBlockHash);

function said(event: Exclude<WorkerEvent, { kind: 'attached' }>): CoreEvent {
  return { kind: 'workerSaid', worker: WORKER, epoch: 1, event };
}

function result(text: string, logprobs: readonly never[] = []): CoreEvent {
  const ended = { id: callId('c'), text, finish: 'stop', usage: NO_USAGE, logprobs } as const;
  return said({ kind: 'result', result: ended });
}

function values(count: number, text: string): PhysicalNode[] {
  const action = { kind: 'value', text, source: 'plan' } as const;
  return Array.from({ length: count }, () => ({
    operator: operatorId('v'),
    action,
    inputs: [],
    rows: [0],
  }));
}

function planned(nodes: readonly PhysicalNode[], known?: PlannedRun['known']): CoreEvent {
  const run = { id: RUN, plan: { nodes }, ...(known && { known }) };
  return { kind: 'runPlanned', run: run as unknown as PlannedRun };
}

const KNOWN = { operator: operatorId('a'), row: 0, source: 'worker', prefetched: 0 } as const;
const NODE = { run: RUN, node: 0 };
const PLACES = Array.from({ length: KIB }, () => NODE as Place);
const WORKERS = [{ worker: WORKER, places: PLACES }];

/** Each takes 100 KiB and more. */
const LARGE: readonly (readonly [string, CoreEvent])[] = [
  ['a plan with a long value', planned(values(1, TEXT))],
  ['a plan of many nodes', planned(values(KIB, ''))],
  [
    'a plan of a node of many rows',
    planned([{ ...values(1, '')[0]!, rows: BLOCKS.map(Number) }, ...values(200, '')]),
  ],
  ['a plan with known texts', planned([], new Map([['a', { ...KNOWN, text: TEXT }]]))],
  [
    'a plan with known log probabilities',
    planned([], new Map([['a', { ...KNOWN, text: '', logprobs: LOGPROBS }]])),
  ],
  [
    'nodes that another became',
    { kind: 'nodeExpanded', ...NODE, expanded: { nodes: values(KIB, '') } as never },
  ],
  ['a schedule', { kind: 'scheduleMade', schedule: { version: 1, workers: WORKERS } }],
  ['places', { kind: 'callsPlaced', workers: WORKERS }],
  ['a better order', { kind: 'scheduleImproved', generation: 1, workers: WORKERS }],
  ['hits', { kind: 'cacheAnswer', request: 1, hits: new Map([['key', TEXT]]), reachable: true }],
  ['the text of a function', { kind: 'functionDone', ...NODE, text: TEXT }],
  ['the text of a call', result(TEXT)],
  ['log probabilities', result('', LOGPROBS)],
  [
    'stored blocks',
    said({
      kind: 'residency',
      events: [{ sequence: 1, event: { kind: 'stored', blocks: BLOCKS } }],
    }),
  ],
  [
    'a snapshot',
    said({
      kind: 'snapshot',
      snapshot: { sequence: 1, blocks: BLOCKS.map((hash) => ({ hash, pinned: false })) },
    }),
  ],
];

describe('EventJournal', () => {
  it.each(LARGE)('keeps no more of %s than fits into its memory', (_, event) => {
    const journal = new EventJournal(1000 * KIB);
    for (let at = 0; at < 100; at++) journal.record(at, event);
    expect(journal.length).toBeLessThanOrEqual(10);
    expect(journal.length).toBeGreaterThan(0);
  });

  it('drops the older half, and the dump says how many', () => {
    const journal = new EventJournal(1000 * KIB);
    const texts = Array.from({ length: 10 }, (_, i) => `${i}`.repeat(100 * KIB));
    for (const [at, text] of texts.entries()) journal.record(at, result(text));
    const { dropped, entries } = readJournal(journal.dump());
    expect(dropped).toBe(5);
    expect(entries).toEqual(texts.map((text, at) => ({ at, event: result(text) })).slice(5));
  });

  it('has room again for as much as went', () => {
    const journal = new EventJournal(1000 * KIB);
    for (let at = 0; at < 10; at++) journal.record(at, result(TEXT));
    expect(journal.length).toBe(5);
    for (let at = 10; at < 14; at++) journal.record(at, result(TEXT));
    expect(journal.length).toBe(9);
    journal.restart(14, []);
    for (let at = 15; at < 24; at++) journal.record(at, result(TEXT));
    expect(journal.length).toBe(9);
  });

  it('keeps the newest event, however large it is', () => {
    const journal = new EventJournal(10 * KIB);
    journal.record(1, result('small'));
    journal.record(2, result(TEXT));
    expect(readJournal(journal.dump())).toEqual({
      dropped: 1,
      entries: [{ at: 2, event: result(TEXT) }],
    });
  });

  it('keeps 20,000 small events, and of one more the newer half', () => {
    const journal = new EventJournal();
    for (let at = 0; at < 20_000; at++) journal.record(at, { kind: 'tick' });
    expect(journal.length).toBe(20_000);
    journal.record(20_000, { kind: 'tick' });
    expect(journal.length).toBe(10_001);
    expect(readJournal(journal.dump()).dropped).toBe(10_000);
  });

  it('leaves token deltas out', () => {
    const journal = new EventJournal();
    journal.record(
      1,
      said({ kind: 'delta', delta: { id: callId('c'), offset: 0, text: 'x', tokens: 1 } }),
    );
    journal.record(2, { kind: 'workerAttached', identity: identityOf('w', 'm', 1), epoch: 1 });
    expect(journal.length).toBe(1);
  });
});

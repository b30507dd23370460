import { runId } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import type { KnownResult } from '../../journal/run-records.ts';
import type { PhysicalNode } from '../../plan/physical-plan.ts';
import type { CoreEvent, PlannedRun } from './core-event.ts';
import { CoreSession } from './core-session.fixture.ts';
import { readJournal } from './journal.ts';
import { planOf } from './plan-of-script.fixture.ts';

const R = runId('r');

/** Its functions may give something else each time. */
function impure(run: PlannedRun): PlannedRun {
  const nodes = run.plan.nodes.map((node) =>
    node.action.kind === 'evaluate' && node.action.operator.kind === 'fn'
      ? { ...node, action: { ...node.action, operator: { ...node.action.operator, pure: false } } }
      : node,
  );
  return { ...run, plan: { ...run.plan, nodes } };
}

function derived(run: PlannedRun): PlannedRun {
  const keys = run.plan.nodes.map(({ operator }, node) => [node, `by ${operator}`] as const);
  return { ...run, derivationKeys: new Map(keys) };
}

function asking(options: Partial<PlannedRun['options']>) {
  return (run: PlannedRun): PlannedRun => ({ ...run, options: { ...run.options, ...options } });
}

function functionDone(node: number, text: string): CoreEvent {
  return { kind: 'functionDone', run: R, node, text };
}

describe('a run', () => {
  it('that has nothing to do succeeds at once', () => {
    const session = new CoreSession();
    session.plan('r', []);
    expect(session.ending('r')).toMatchObject({ state: 'succeeded' });
    expect(session.core.liveRuns).toBe(0);
  });

  it('ends once, and what comes for it after that changes nothing', () => {
    const session = new CoreSession();
    session.plan('r', ['fn f x', 'fn g y']);
    expect(session.all('runFunction').map(({ node, args }) => [node, args])).toEqual([
      [0, { x: 'x' }],
      [1, { x: 'y' }],
    ]);
    const error = { code: 'FUNCTION_FAILED', message: 'it fell over' } as const;
    session.step({ kind: 'functionFailed', run: R, node: 1, error });
    expect(session.ending('r')).toMatchObject({
      state: 'failed',
      error: { code: 'FUNCTION_FAILED', message: 'operator "g", row 0: it fell over' },
    });
    const nothing = { outcome: {}, nodes: [], operators: [], counts: {} } as never;
    const late: CoreEvent[] = [
      functionDone(0, 'late'),
      { kind: 'functionFailed', run: R, node: 0, error },
      { kind: 'expansionFailed', run: R, node: 0, error },
      { kind: 'nodeExpanded', run: R, node: 0, expanded: nothing },
      { kind: 'cancelRun', run: R, reason: 'late' },
    ];
    for (const event of late) expect(session.step(event)).toEqual([]);
  });

  it('fails when its time is over, and not before', () => {
    const session = new CoreSession();
    const accepted = (run: PlannedRun) => ({ ...asking({ deadlineMs: 100 })(run), acceptedAt: 50 });
    session.plan('r', ['call a m hello'], accepted);
    session.plan('other', ['call a m hello']);
    session.step({ kind: 'tick' }, 149);
    expect(session.ending('r')).toBeUndefined();
    session.step({ kind: 'tick' }, 150);
    expect(session.ending('r')).toMatchObject({
      state: 'failed',
      error: { code: 'DEADLINE_PASSED', message: expect.stringContaining('100 ms') },
      summary: { seconds: { run: 0.1 } },
    });
    expect(session.ending('other')).toBeUndefined();
  });

  it('that is naive is not waited for when it has ended', () => {
    const session = new CoreSession();
    session.attach('w1');
    session.plan('r', ['call a m hello', 'call b m more'], asking({ naive: true }));
    expect(session.sent().call.messages[0]?.content).toBe('hello');
    session.step({ kind: 'cancelRun', run: R, reason: 'enough' });
    session.plan('other', ['call a m hello', 'call b m more'], asking({ naive: true }));
    session.end('hi');
    session.end('so');
    expect(session.ending('other')).toMatchObject({ state: 'succeeded' });
  });
});

describe('a node that becomes others', () => {
  const lines = ['value l ["x"]', 'each f m {l} ask {item}', 'dice z m more', 'output f'];

  /** It became one node; those of the plan are `lines`. */
  function became(node: PhysicalNode): CoreEvent {
    const counts = { submitted: 0, pruned: 0, merged: 0, cached: 0 };
    const outcome = { kind: 'items', items: 1 } as never;
    const made = { outcome, counts, operators: [], derivationKeys: new Map() };
    const expanded = { ...made, first: 3, nodes: [node], result: 3 };
    return { kind: 'nodeExpanded', run: R, node: 1, expanded };
  }

  const nodeOf = (line: string): PhysicalNode => planOf('r', [], [line], 0).plan.nodes[0]!;

  it('has the text of one of them, kept by how it is derived', () => {
    const session = new CoreSession();
    session.plan('r', lines, derived);
    session.step(became(nodeOf('value v text')));
    expect(session.told('r', 'output')).toMatchObject([{ name: 'f', text: 'text' }]);
    expect(session.all('storeResults')).toMatchObject([
      { entries: [{ key: 'by f', text: 'text' }] },
    ]);
  });

  it.each([
    ['a call', 'dice c m asked', false, 1],
    ['a call of a naive run', 'dice c m asked', true, 0],
    ['no call', 'value v text', false, 0],
  ] as const)('asks for places where it became %s', (_, line, naive, asked) => {
    const session = new CoreSession();
    const worker = session.attach('w1', 1);
    const rest = { prefixes: [], outputTokens: 1, outputSpread: 1, promptTokens: 1, group: 0 };
    const places = [0, 1].map((node) => ({ run: runId('other'), node, ...rest }));
    session.nextSchedule = [{ worker, places }];
    session.plan('other', ['dice a m one', 'dice b m two']);
    session.nextSchedule = [{ worker, places }];
    session.plan('r', lines, asking({ naive }));
    expect(session.core.scheduledCalls(worker)).toBe(1);
    const before = session.all('requestPlaces').length;
    session.step(became(nodeOf(line)));
    expect(session.all('requestPlaces').length - before).toBe(asked);
  });
});

it('keeps its journal while a run waits for a function', () => {
  const session = new CoreSession();
  session.plan('r', ['fn f x']);
  expect(readJournal(session.core.journalDump).entries.map(({ event }) => event.kind)).toEqual([
    'runPlanned',
    'scheduleMade',
  ]);
});

describe('the text of a function', () => {
  it('is kept for plans to come, where the run uses the prompt cache', () => {
    const session = new CoreSession();
    session.plan('r', ['fn f x', 'output f'], derived);
    session.step(functionDone(0, 'made'));
    expect(session.all('storeResults')).toMatchObject([
      { runs: ['r'], entries: [{ key: 'by f', text: 'made' }] },
    ]);
    expect(session.told('r', 'output')).toMatchObject([{ text: 'made' }]);
    session.plan('other', ['fn f x'], (run) => asking({ usePromptCache: false })(derived(run)));
    session.step({ ...functionDone(0, 'made'), run: runId('other') } as CoreEvent);
    expect(session.ending('other')).toMatchObject({ state: 'succeeded' });
    expect(session.all('storeResults')).toHaveLength(1);
  });

  it('is kept for the day its run is resumed where it may be another the next time', () => {
    const session = new CoreSession({ keepsResults: true });
    session.plan('r', ['fn f x', 'format g y'], impure);
    session.step(functionDone(0, 'made'));
    const kept = session.all('keepResult').map(({ run, result }) => [run, result]);
    expect(kept).toEqual([
      ['r', { operator: 'f', row: 0, text: 'made', source: 'function', prefetched: 0 }],
    ]);
    session.plan('pure', ['fn f x']);
    session.step({ ...functionDone(0, 'made'), run: runId('pure') } as CoreEvent);
    expect(session.all('keepResult')).toHaveLength(1);
    const forgetful = new CoreSession();
    forgetful.plan('r', ['fn f x'], impure);
    forgetful.step(functionDone(0, 'made'));
    expect(forgetful.all('keepResult')).toEqual([]);
  });

  it('is not asked for again where it is known', () => {
    const session = new CoreSession();
    const result = {
      operator: 'f',
      row: 0,
      text: 'made',
      source: 'function',
      prefetched: 0,
    } as const;
    const known = new Map<string, KnownResult>([['0 f', result]]);
    session.plan('r', ['fn f x', 'output f'], (run) => ({ ...run, known }));
    expect(session.all('runFunction')).toEqual([]);
    expect(session.told('r', 'output')).toMatchObject([{ text: 'made' }]);
  });
});

describe('the memory for texts', () => {
  const ten = '0123456789';

  it.each([
    ['values', [`value v ${ten.repeat(6)}`], (run: PlannedRun) => run],
    ['formats', [`format f ${ten.repeat(6)}`], (run: PlannedRun) => run],
    [
      'known texts of functions',
      ['fn f x'],
      (run: PlannedRun) => {
        const known = { operator: 'f', row: 0, source: 'function', prefetched: 0 } as const;
        return { ...run, known: new Map([['0 f', { ...known, text: ten.repeat(6) }]]) };
      },
    ],
  ] as const)('counts %s', (_, lines, changed) => {
    const session = new CoreSession({ charactersMax: 100 });
    session.plan('r', lines, changed);
    expect(session.ending('r')).toMatchObject({
      state: 'failed',
      error: { code: 'PROMPT_TOO_LONG', message: expect.stringMatching(/^operator "[vf]", row 0/) },
    });
    expect(session.all('keepJournal')).toEqual([]);
  });

  it('counts what functions gave back, of which nothing is kept then', () => {
    const session = new CoreSession({ charactersMax: 100, keepsResults: true });
    session.plan('r', ['fn f x', 'output f'], (run) => derived(impure(run)));
    session.step(functionDone(0, ten.repeat(6)));
    expect(session.ending('r')).toMatchObject({
      state: 'failed',
      error: { code: 'PROMPT_TOO_LONG', message: expect.stringMatching(/^operator "f", row 0/) },
    });
    expect([session.all('keepResult'), session.all('storeResults')]).toEqual([[], []]);
    // And is given back.
    for (const name of ['one', 'two', 'three']) {
      session.plan(name, [`value v ${ten.repeat(5)}`]);
      expect(session.ending(name)).toMatchObject({ state: 'succeeded' });
    }
  });
});

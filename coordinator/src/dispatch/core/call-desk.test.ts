import { runId, type SequenceBlockHash, type TokenLogprob } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import type { KnownResult } from '../../journal/run-records.ts';
import type { PhysicalNode } from '../../plan/physical-plan.ts';
import type { PlannedRun } from './core-event.ts';
import { CoreSession } from './core-session.fixture.ts';
import { FIRST_ORDER, ORDER_GAP } from './worker-places.ts';

const LOGPROBS = [
  { token: 1, text: 'h', logprob: -1, alternatives: [] },
] as unknown as TokenLogprob[];

function withNodes(change: (node: PhysicalNode, place: number) => PhysicalNode) {
  return (run: PlannedRun): PlannedRun => ({
    ...run,
    plan: { ...run.plan, nodes: run.plan.nodes.map(change) },
  });
}

/** Its calls ask for the log probability of each token. */
const tellingLogprobs = withNodes((node) =>
  node.action.kind === 'call'
    ? { ...node, action: { ...node.action, operator: { ...node.action.operator, logprobs: 0 } } }
    : node,
);

function knowing(operator: string, text: string, rest: Partial<KnownResult> = {}) {
  const known = { operator, row: 0, text, source: 'worker', prefetched: 0, ...rest } as const;
  return (run: PlannedRun): PlannedRun => ({ ...run, known: new Map([[`0 ${operator}`, known]]) });
}

const derived = (run: PlannedRun): PlannedRun => ({
  ...run,
  derivationKeys: new Map(run.plan.nodes.map(({ operator }, node) => [node, `by ${operator}`])),
});

describe('a call whose model nobody serves', () => {
  it('waits in sight where it needs no digest, so that a worker is started for it', () => {
    const session = new CoreSession();
    session.plan('r', ['dice a m hello', 'call b m hello']);
    expect([...session.core.waitingCallsByModel()]).toEqual([['m', 1]]);
    session.attach('w1');
    expect(session.all('sendBatch')).toHaveLength(1);
    expect(session.all('lookupPrompts')).toHaveLength(1);
  });

  it('is opened once, however many workers of the model come', () => {
    const session = new CoreSession();
    session.plan('r', ['call a m hello', 'output a']);
    session.attach('w1');
    session.attach('w2');
    expect(session.all('lookupPrompts')).toHaveLength(1);
    session.answerLookup();
    session.end('hi');
    expect(session.told('r', 'callFinished')).toHaveLength(1);
    expect(session.ending('r')).toMatchObject({ state: 'succeeded' });
  });
});

describe('why the prompt cache did not answer', () => {
  it.each([
    ['absent', 'call', [], true],
    ['unreachable', 'call', [], false],
    ['not_deterministic', 'dice', [], true],
    ['bypassed', 'call', ['nocache'], true],
  ] as const)('is told: %s', (reason, kind, how, reachable) => {
    const session = new CoreSession();
    session.attach('w1');
    const isAsked = kind === 'call' && how.length === 0;
    session.plan('r', [`${kind} a m hello`], (run) => ({
      ...run,
      options: { ...run.options, usePromptCache: how.length === 0 },
    }));
    expect(session.all('lookupPrompts')).toHaveLength(isAsked ? 1 : 0);
    if (isAsked) session.answerLookup(undefined, reachable);
    session.end('hi');
    expect(session.ending('r')?.summary.cacheMissReasons).toEqual({ [reason]: 1 });
  });

  it('is told of log probabilities, which it does not keep; equal calls are one all the same', () => {
    const session = new CoreSession();
    session.attach('w1');
    const lines = ['call a m hello', 'call b m hello', 'call c m {a}', 'call d m hi', 'output b'];
    session.plan('r', lines, (run) => tellingLogprobs(derived(run)));
    session.end('so', { logprobs: LOGPROBS }, 'hi');
    session.end('hi', { logprobs: LOGPROBS }, 'hello');
    expect([session.all('lookupPrompts'), session.all('storeResults')]).toEqual([[], []]);
    const ended = session.told('r', 'callFinished');
    expect(ended.map(({ operator, source }) => `${operator} ${source}`).sort()).toEqual([
      'a worker',
      'b merged',
      'c merged',
      'd worker',
    ]);
    expect(ended.every(({ logprobs }) => logprobs === LOGPROBS)).toBe(true);
    expect(session.told('r', 'output')).toEqual([
      expect.objectContaining({ text: 'hi', logprobs: LOGPROBS }),
    ]);
    expect(session.ending('r')?.summary).toMatchObject({
      operators: { executed: 2, merged: 2 },
      cacheMissReasons: { logprobs: 2 },
    });
  });
});

describe('the prompt cache', () => {
  it('is not asked for calls of a run that failed in the same turn', () => {
    const session = new CoreSession();
    session.attach('w1');
    session.plan(
      'r',
      ['call a m hello', 'call b m {lost}'],
      withNodes((node, place) =>
        place === 0 || node.action.kind !== 'call'
          ? node
          : { ...node, inputs: [], action: { ...node.action, bindings: new Map() } },
      ),
    );
    expect(session.ending('r')).toMatchObject({ state: 'failed' });
    expect(session.all('lookupPrompts')).toEqual([]);
    expect(session.core.liveRuns).toBe(0);
  });

  it('keeps a text once under each key, before the end of each run that waits for it', () => {
    const session = new CoreSession();
    session.attach('w1');
    session.plan('r1', ['call a m hello'], derived);
    session.answerLookup();
    session.plan('r2', ['call a m hello', 'call b m hello'], derived);
    session.end('hi');
    const [stored, ...more] = session.all('storeResults');
    expect(more).toEqual([]);
    expect(stored?.runs).toEqual(['r1', 'r2']);
    expect(stored?.entries.map(({ key, text }) => `${key.slice(0, 4)} ${text}`).slice(1)).toEqual([
      'by a hi',
      'by b hi',
    ]);
  });
});

describe('a call that fails', () => {
  it('says so where its worker does not say why', () => {
    const session = new CoreSession();
    session.attach('w1');
    session.plan('r', ['dice a m hello']);
    session.end('', { finish: 'error' });
    for (let tries = 0; tries < 5 && session.ending('r') === undefined; tries++) {
      session.attach(`w${tries + 2}`);
      session.end('', { finish: 'error' });
    }
    expect(session.ending('r')?.error?.message).toContain('failed without a cause');
  });

  it('fails each of its runs once, whatever it was for them', () => {
    const session = new CoreSession();
    session.attach('w1');
    session.plan('r', ['call a m hello', 'call b m hello']);
    session.answerLookup();
    const error = { code: 'PROMPT_TOO_LONG', message: 'too long' } as const;
    session.end('', { finish: 'error', error });
    expect(session.told('r', 'finished')).toHaveLength(1);
  });

  it('is asked anew by a run that knows its text of before', () => {
    const session = new CoreSession();
    session.attach('w1');
    session.plan('r1', ['call a m hello']);
    session.answerLookup();
    const first = session.sent();
    const lines = ['call a m hello', 'call b m other', 'format f {b}', 'call c m {f}', 'output c'];
    session.plan('r2', lines, knowing('a', 'hi'));
    const error = { code: 'PROMPT_TOO_LONG', message: 'too long' } as const;
    expect(session.sent()).toEqual(first);
    session.end('', { finish: 'error', error });
    expect(session.ending('r1')).toMatchObject({ state: 'failed', error: { code: error.code } });
    session.answerLookup();
    session.end('hello');
    expect(session.ending('r2')).toBeUndefined();
    session.answerLookup();
    session.end('again');
    expect(session.ending('r2')).toMatchObject({ state: 'succeeded' });
    expect(session.told('r2', 'output')).toMatchObject([{ text: 'again' }]);
  });
});

describe('a result of before the coordinator started anew', () => {
  it('counts as it did then, and needs no place', () => {
    const session = new CoreSession();
    const worker = session.attach('w1', 2);
    const place = { prefixes: [], outputTokens: 1, outputSpread: 1, promptTokens: 1, group: 0 };
    session.plan('busy', ['dice a m one', 'dice b m two']);
    const usage = { promptTokens: 7, prefilledTokens: 4, reusedTokens: 3, outputTokens: 2 };
    const times = { queueMs: 0, prefillMs: 0, decodeMs: 0 };
    const known = knowing('b', 'known', { usage: { ...usage, ...times }, missReason: 'absent' });
    const places = [0, 1].map((node) => ({ ...place, run: 'r' as never, node }));
    session.nextSchedule = [{ worker, places }];
    session.plan('r', ['call a m hello', 'call b m {a}', 'dice c m last', 'output b'], known);
    expect(session.core.scheduledCalls(worker)).toBe(2);
    session.answerLookup('from the cache');
    expect(session.core.scheduledCalls(worker)).toBe(0);
    expect(session.told('r', 'output')).toMatchObject([{ text: 'known' }]);
    expect(session.core.runSummary(runId('r'), 1)).toMatchObject({
      operators: { executed: 1, cached: 1 },
      tokens: { prompt: 7, generated: 2 },
    });
  });

  it('has its log probabilities again, which the prompt cache does not keep', () => {
    const session = new CoreSession();
    session.attach('w1');
    const known = knowing('a', 'hi', { logprobs: LOGPROBS });
    session.plan('r', ['call a m hello', 'output a'], (run) =>
      known(tellingLogprobs(derived(run))),
    );
    expect(session.told('r', 'output')).toMatchObject([{ text: 'hi', logprobs: LOGPROBS }]);
    expect(session.all('storeResults')).toEqual([]);
  });
});

describe('what calls leave behind', () => {
  it('results for the day that runs are resumed, each before it is told', () => {
    const session = new CoreSession({ keepsResults: true });
    session.attach('w1');
    session.plan('r', ['call a m hello', 'call b m hello']);
    session.answerLookup();
    session.end('hi');
    expect(session.all('keepResult').map(({ result }) => result)).toMatchObject([
      { operator: 'a', text: 'hi', source: 'worker', missReason: 'absent' },
      { operator: 'b', text: 'hi', source: 'merged' },
    ]);
    const kinds = session.effects.flatMap((each) =>
      each.kind === 'keepResult' || (each.kind === 'emit' && each.body.kind === 'callFinished')
        ? each.kind
        : [],
    );
    expect(kinds).toEqual(['keepResult', 'emit', 'keepResult', 'emit']);
  });

  it('no results without that', () => {
    const session = new CoreSession();
    session.attach('w1');
    session.plan('r', ['dice a m hello']);
    session.end('hi');
    expect(session.all('keepResult')).toEqual([]);
  });

  it('work at their workers, by the length of their prompts, until they end', () => {
    const session = new CoreSession();
    const worker = session.attach('w1');
    session.plan('r1', [`dice a m ${'long '.repeat(1000)}`]);
    const long = session.core.planning.sentWork(worker);
    session.end('hi');
    expect(session.core.planning.sentWork(worker)).toBe(0);
    session.plan('r2', ['dice a m short']);
    expect(session.core.planning.sentWork(worker)).toBeGreaterThan(0);
    expect(session.core.planning.sentWork(worker)).toBeLessThan(long);
  });

  it('word of the next use of their prefixes', () => {
    const session = new CoreSession();
    const worker = session.attach('w1', 1);
    const hashes = ['block' as SequenceBlockHash];
    const prefix = { tokens: new Int32Array(16), cacheSalt: 's', hashes };
    const rest = { outputTokens: 1, outputSpread: 1, promptTokens: 20, group: 0 };
    const places = [0, 1].map((node) => ({ run: 'r' as never, node, prefixes: [prefix], ...rest }));
    session.nextSchedule = [{ worker, places }];
    session.plan('r', ['dice a m one', 'dice b m two']);
    const [next] = session.all('sendDirectives').flatMap(({ directives }) => directives);
    expect(next).toMatchObject({ kind: 'nextUse', nextUse: FIRST_ORDER + ORDER_GAP });
    session.end('hi');
    const last = session
      .all('sendDirectives')
      .flatMap(({ directives }) => directives)
      .at(-1);
    expect(last).toMatchObject({ kind: 'nextUse', nextUse: Number.POSITIVE_INFINITY });
  });
});

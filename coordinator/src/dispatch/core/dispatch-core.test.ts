import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { GREEDY, operatorId, runId, tenantId } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import type { LlmOperator } from '../../plan/operator.ts';
import { USUAL_OPTIONS } from '../usual-options.ts';
import type { Effect, PlannedRun } from './core-event.ts';
import { DispatchCore } from './dispatch-core.ts';
import { identityOf } from './identity-of.fixture.ts';
import { readJournal } from './journal.ts';
import { printEffects } from './print-effects.fixture.ts';

const TIMES = { heartbeatMs: 100, timeoutMs: 1000 };

/** One call; with `isBroken`, of a prompt that refers to what nothing is bound to. */
function plannedRun(name: string, isBroken: boolean): PlannedRun {
  const id = operatorId('a');
  const hole = { kind: 'ref', operator: operatorId('lost') } as const;
  const content = [{ kind: 'text', text: name } as const, ...(isBroken ? [hole] : [])];
  const operator: LlmOperator = {
    kind: 'llm',
    id,
    model: 'm',
    messages: [{ role: 'user', content }],
    sampling: { ...GREEDY, seed: 7n },
    maxTokens: 8,
    stop: [],
  };
  const action = { kind: 'call', operator, bindings: new Map() } as const;
  return {
    id: runId(name),
    tenant: tenantId('t'),
    plan: {
      nodes: [{ operator: id, action, inputs: [], rows: [0] }],
      outputs: [{ row: 0, name: 'a', node: 0 }],
      rowCount: 1,
      counts: { submitted: 1, pruned: 0, merged: 0, cached: 0 },
    },
    options: { ...USUAL_OPTIONS, usePromptCache: false },
    cacheSalt: 's',
    derivationKeys: new Map(),
    acceptedAt: 0,
    planMs: 0,
  };
}

/** `calls` calls that depend on nothing, no two of them equal. */
function wideRun(name: string, calls: number): PlannedRun {
  const run = plannedRun(name, false);
  const nodes = Array.from(
    { length: calls },
    (_, i) => plannedRun(`${name} ${i}`, false).plan.nodes[0]!,
  );
  return { ...run, plan: { ...run.plan, nodes } };
}

/** A text of ten characters and a format that quotes it so many times and adds two. */
function quotingRun(name: string, quotes: number): PlannedRun {
  const [x, f] = [operatorId('x'), operatorId('f')];
  const ref = { kind: 'ref', operator: x } as const;
  const content = [
    ...Array.from({ length: quotes }, () => ref),
    { kind: 'text', text: '..' },
  ] as const;
  const operator = { kind: 'format', id: f, content } as const;
  const run = plannedRun(name, false);
  const nodes = [
    {
      operator: x,
      action: { kind: 'value', text: '0123456789', source: 'plan' },
      inputs: [],
      rows: [0],
    },
    {
      operator: f,
      action: { kind: 'evaluate', operator, bindings: new Map([[x, 0]]) },
      inputs: [0],
      rows: [0],
    },
  ] as const;
  const outputs = [{ row: 0, name: 'a', node: 1 }];
  return { ...run, plan: { ...run.plan, nodes, outputs } };
}

/** A text and so many calls that each quote it, and no two of them equal. */
function callsQuoting(name: string, text: string, calls: number): PlannedRun {
  const x = operatorId('x');
  const run = plannedRun(name, false);
  const value = { kind: 'value', text, source: 'plan' } as const;
  const quoting = Array.from({ length: calls }, (_, i) => {
    const node = plannedRun(`${name} ${i}`, false).plan.nodes[0]!;
    if (node.action.kind !== 'call') throw new Error('no call');
    const [message] = node.action.operator.messages;
    const content = [{ kind: 'ref', operator: x } as const, ...message!.content];
    const operator = { ...node.action.operator, messages: [{ ...message!, content }] };
    const action = { ...node.action, operator, bindings: new Map([[x, 0]]) };
    return { ...node, action, inputs: [0] };
  });
  const nodes = [{ operator: x, action: value, inputs: [], rows: [0] }, ...quoting];
  return { ...run, plan: { ...run.plan, nodes } };
}

/** Bytes that are in use once what is not has been collected. */
function heapUsed(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}

function coreWithWorker(startsMax?: number): DispatchCore {
  const core = new DispatchCore(TIMES, undefined, 0, { startsMax });
  const identity = identityOf('w1', 'm', 2);
  core.step(0, { kind: 'workerAttached', identity, epoch: core.registry.admit() });
  return core;
}

function turnsAskedIn(effects: readonly Effect[]): number {
  return effects.filter(({ kind }) => kind === 'requestTurn').length;
}

describe('DispatchCore', () => {
  it('holds no text of calls that wait to be sent', () => {
    const core = coreWithWorker();
    const run = callsQuoting('r', 'x'.repeat(1 << 20), 200);
    const before = heapUsed();
    core.step(1, { kind: 'runPlanned', run });
    const grown = heapUsed() - before;
    expect(core.waitingCalls).toBe(200);
    // As texts they would be 200 MiB.
    expect(grown).toBeLessThan(20 << 20);
  });

  it('fails only the run whose plan breaks an invariant, and keeps a journal that replays it', () => {
    const core = coreWithWorker();
    core.step(1, { kind: 'runPlanned', run: plannedRun('good', false) });
    const effects = core.step(2, { kind: 'runPlanned', run: plannedRun('broken', true) });
    const kept = effects.find((effect) => effect.kind === 'keepJournal');
    expect(kept).toMatchObject({ kind: 'keepJournal', run: 'broken' });
    const told = effects.findLast((effect) => effect.kind === 'emit');
    expect(told).toMatchObject({
      run: 'broken',
      body: { kind: 'finished', state: 'failed', error: { code: 'INVARIANT_BROKEN' } },
    });
    expect(core.liveRuns).toBe(1);
    if (kept?.kind !== 'keepJournal') return;
    const { dropped, entries } = readJournal(kept.journal);
    const again = new DispatchCore(TIMES);
    const replayed = entries.map(({ at, event }) => again.step(at, event));
    expect(dropped).toBe(0);
    expect(printEffects(replayed.at(-1) ?? [])).toBe(printEffects(effects));
  });

  it('starts so many nodes a turn, asks for one turn at a time, and holds up no other run', () => {
    const core = coreWithWorker(2);
    expect(turnsAskedIn(core.step(1, { kind: 'runPlanned', run: wideRun('wide', 5) }))).toBe(1);
    expect(core.waitingCalls).toBe(2);
    expect(turnsAskedIn(core.step(2, { kind: 'runPlanned', run: wideRun('small', 1) }))).toBe(0);
    expect(core.waitingCalls).toBe(3);
    expect(turnsAskedIn(core.step(3, { kind: 'turn' }))).toBe(1);
    expect(core.waitingCalls).toBe(5);
    expect(turnsAskedIn(core.step(4, { kind: 'turn' }))).toBe(0);
    expect(core.waitingCalls).toBe(6);
  });

  it('fails the run that puts together more text than it may have, and gives its room back', () => {
    const core = new DispatchCore(TIMES, undefined, 0, { charactersMax: 100 });
    const first = core.step(1, { kind: 'runPlanned', run: quotingRun('much', 4) });
    expect(first.findLast((effect) => effect.kind === 'emit')).toMatchObject({
      run: 'much',
      body: {
        state: 'failed',
        error: {
          code: 'PROMPT_TOO_LONG',
          message: expect.stringMatching(/operator "f", row 0: .*52 characters.*memory for 50/),
        },
      },
    });
    const second = core.step(2, { kind: 'runPlanned', run: quotingRun('less', 3) });
    expect(second.findLast((effect) => effect.kind === 'emit')).toMatchObject({
      run: 'less',
      body: { state: 'succeeded' },
    });
  });

  it('opens so many calls a turn, whether anybody serves their model or not', () => {
    const core = new DispatchCore(TIMES, undefined, 0, { startsMax: 2 });
    const run = wideRun('wide', 5);
    expect(turnsAskedIn(core.step(1, { kind: 'runPlanned', run }))).toBe(1);
    expect(core.waitingCalls).toBe(2);
    core.step(2, { kind: 'turn' });
    expect(core.waitingCalls).toBe(4);
    expect([...core.waitingCallsByModel()]).toEqual([['m', 4]]);
    const told = core.step(7, { kind: 'cancelRun', run: runId('wide'), reason: 'enough' });
    expect(told).toContainEqual(
      expect.objectContaining({
        kind: 'emit',
        body: expect.objectContaining({ state: 'cancelled' }),
      }),
    );
    expect(core.waitingCalls).toBe(0);
    expect([...core.waitingCallsByModel()]).toEqual([]);
  });

  it('counts calls that wait by the names of models, whichever weights they are planned for', () => {
    const core = new DispatchCore(TIMES);
    for (const [i, version] of ['m@d1', 'm@d2', 'n@d3'].entries()) {
      const identity = identityOf(`w${i}`, version, 2);
      core.step(0, { kind: 'workerAttached', identity, epoch: core.registry.admit() });
    }
    const runs = ['m@d1', 'm@d2'].map((version) => {
      const { plan, ...run } = wideRun(version, 2);
      const nodes = plan.nodes.map((node) => {
        if (node.action.kind !== 'call') return node;
        const operator = { ...node.action.operator, model: version };
        return { ...node, action: { ...node.action, operator } };
      });
      return { ...run, plan: { ...plan, nodes } };
    });
    for (const run of runs) core.step(1, { kind: 'runPlanned', run });
    expect([...core.waitingCallsByModel()]).toEqual([
      ['m', 4],
      ['n', 0],
    ]);
  });

  it('counts calls that wait for the model of a worker that went', () => {
    const core = new DispatchCore(TIMES);
    const identity = identityOf('w1', 'm', 2);
    const epoch = core.registry.admit();
    core.step(0, { kind: 'workerAttached', identity, epoch });
    expect([...core.waitingCallsByModel()]).toEqual([['m', 0]]);
    core.step(1, { kind: 'runPlanned', run: wideRun('wide', 5) });
    const event = { kind: 'lost', reason: 'gone' } as const;
    core.step(2, { kind: 'workerSaid', worker: identity.workerId, epoch, event });
    expect(core.registry.models()).toEqual([]);
    expect([...core.waitingCallsByModel()]).toEqual([['m', 5]]);
  });

  it('keeps its journal while a turn of a run that ended is to come', () => {
    const core = coreWithWorker(2);
    core.step(1, { kind: 'runPlanned', run: wideRun('wide', 5) });
    core.step(2, { kind: 'cancelRun', run: runId('wide'), reason: 'enough' });
    expect(readJournal(core.journalDump).entries).toHaveLength(3);
    expect(turnsAskedIn(core.step(3, { kind: 'turn' }))).toBe(0);
    expect(readJournal(core.journalDump).entries).toHaveLength(2);
  });

  it('starts its journal anew once nothing is live', () => {
    const core = coreWithWorker();
    core.step(1, { kind: 'runPlanned', run: plannedRun('r1', false) });
    core.step(2, { kind: 'cancelRun', run: runId('r1'), reason: 'enough' });
    expect(readJournal(core.journalDump).entries.map(({ event }) => event.kind)).toEqual([
      'workerAttached',
      'workerSaid',
    ]);
  });
});

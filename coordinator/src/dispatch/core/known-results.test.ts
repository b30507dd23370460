import { GREEDY, operatorId, runId, tenantId } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import type { KnownResult } from '../../journal/run-records.ts';
import type { LlmOperator } from '../../plan/operator.ts';
import { USUAL_OPTIONS } from '../usual-options.ts';
import type { CoreEvent, Effect, PlannedRun } from './core-event.ts';
import { DispatchCore } from './dispatch-core.ts';
import { identityOf } from './identity-of.fixture.ts';

interface CallLine {
  readonly id: string;
  readonly prompt: string;
  readonly inputs?: readonly number[];
  /** What it came to before the coordinator started anew. */
  readonly known?: string;
}

function runOf(name: string, lines: readonly CallLine[]): PlannedRun {
  const nodes = lines.map(({ id, prompt, inputs = [] }) => {
    const operator: LlmOperator = {
      ...{ kind: 'llm', id: operatorId(id), model: 'm', sampling: GREEDY, maxTokens: 8, stop: [] },
      messages: [{ role: 'user', content: [{ kind: 'text', text: prompt }] }],
    };
    const action = { kind: 'call', operator, bindings: new Map() } as const;
    return { operator: operator.id, action, inputs, rows: [0] };
  });
  const known = lines.flatMap(({ id, known: text }): [string, KnownResult][] => {
    const result = { operator: id, row: 0, source: 'worker', prefetched: 0 } as const;
    return text === undefined ? [] : [[`0 ${id}`, { ...result, text }]];
  });
  const counts = { submitted: lines.length, pruned: 0, merged: 0, cached: 0 };
  return {
    ...{ id: runId(name), tenant: tenantId('t'), options: USUAL_OPTIONS, cacheSalt: 's' },
    plan: { nodes, outputs: [], rowCount: 1, counts },
    derivationKeys: new Map(lines.map(({ id }, node) => [node, `derived ${id}`])),
    ...{ acceptedAt: 0, planMs: 0, known: new Map(known) },
  };
}

/** A core with a worker that takes four calls; nothing has a place in a schedule or is in the prompt cache. */
function open() {
  const core = new DispatchCore({ heartbeatMs: 100, timeoutMs: 1000 });
  const identity = identityOf('w1', 'm', 4);
  const epoch = core.registry.admit();
  /** All that comes of an event. */
  const step = (event: CoreEvent): Effect[] =>
    core.step(1, event).flatMap((effect) => {
      if (effect.kind === 'requestSchedule') {
        const schedule = { version: effect.version, workers: [] };
        return [effect, ...step({ kind: 'scheduleMade', schedule })];
      }
      if (effect.kind === 'requestPlaces') {
        return [effect, ...step({ kind: 'callsPlaced', workers: [] })];
      }
      if (effect.kind !== 'lookupPrompts') return [effect];
      const { request } = effect;
      const hits = new Map<string, string>();
      return [effect, ...step({ kind: 'cacheAnswer', request, hits, reachable: true })];
    });
  const say = (event: Extract<CoreEvent, { kind: 'workerSaid' }>['event']) =>
    step({ kind: 'workerSaid', worker: identity.workerId, epoch, event });
  step({ kind: 'workerAttached', identity, epoch });
  say({ kind: 'credits', calls: 4 });
  const answer = (effects: readonly Effect[], finish: 'stop' | 'length', text: string) => {
    const [sent] = of(effects, 'sendBatch').flatMap(({ calls }) => calls);
    const usage = { promptTokens: 1, prefilledTokens: 1, reusedTokens: 0, outputTokens: 1 };
    const times = { queueMs: 0, prefillMs: 0, decodeMs: 0 };
    const result = { id: sent!.id, text, finish, usage: { ...usage, ...times } };
    return say({ kind: 'result', result });
  };
  return { core, step, answer };
}

function of<K extends Effect['kind']>(effects: readonly Effect[], kind: K) {
  return effects.filter((effect): effect is Extract<Effect, { kind: K }> => effect.kind === kind);
}

const finished = (effects: readonly Effect[]) =>
  of(effects, 'emit').flatMap(({ body }) =>
    body.kind === 'callFinished' ? [[body.operator, body.source, body.cut === true]] : [],
  );

describe('results of before the coordinator started anew', () => {
  it('answer equal calls too, and are stored again', () => {
    const { step } = open();
    const run = runOf('r', [
      { id: 'a', prompt: 'hello', known: 'hi' },
      { id: 'b', prompt: 'hello', inputs: [0] },
    ]);
    const effects = step({ kind: 'runPlanned', run });
    expect(finished(effects)).toEqual([
      ['a', 'worker', false],
      ['b', 'merged', false],
    ]);
    expect([of(effects, 'lookupPrompts'), of(effects, 'sendBatch')]).toEqual([[], []]);
    const stored = of(effects, 'storeResults').flatMap(({ entries }) => entries);
    expect(stored.map(({ text }) => text)).toEqual(['hi', 'hi', 'hi']);
    expect(stored.map(({ key }) => key).filter((key) => key.startsWith('derived'))).toEqual([
      'derived a',
      'derived b',
    ]);
  });

  it('leave a call alone that another run has out, and outlive it', () => {
    const { core, step, answer } = open();
    step({ kind: 'runPlanned', run: runOf('r1', [{ id: 'a', prompt: 'hello' }]) });
    const run = runOf('r2', [
      { id: 'a', prompt: 'hello', known: 'hi' },
      { id: 'b', prompt: 'more' },
      { id: 'c', prompt: 'hello', inputs: [1] },
    ]);
    const sent = step({ kind: 'runPlanned', run });
    step({ kind: 'cancelRun', run: runId('r1'), reason: 'enough' });
    // The call went with its run, and nobody has its text any more: c asks anew.
    const asked = answer(sent, 'stop', 'so');
    expect(of(asked, 'lookupPrompts')).toHaveLength(1);
    const ended = [...asked, ...answer(asked, 'length', 'hi')];
    expect(finished(ended)).toEqual([
      ['b', 'worker', false],
      ['c', 'worker', true],
    ]);
    expect(core.liveRuns).toBe(0);
  });
});

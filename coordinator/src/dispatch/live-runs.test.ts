import { modelDigest, type OperatorId, runId, systemClock, tenantId } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import type { PromptCache } from '../cache/prompt-cache.ts';
import type { FunctionHost } from '../functions/index.ts';
import { each, input, llm, output } from '../optimizer/plan-builder.cases.ts';
import { DEFAULT_PLAN_LIMITS, validateWorkflow } from '../plan/index.ts';
import type { CoreEvent } from './core/core-event.ts';
import { identityOf } from './core/identity-of.fixture.ts';
import { LivePrompts } from './live-prompts.ts';
import { LiveRuns } from './live-runs.ts';
import { ModelCatalog } from './model-catalog.ts';
import { OutputProfiles } from './output-profiles.ts';
import { planRun } from './plan-run.ts';
import type { RunEventBody } from './run-port.ts';
import { USUAL_OPTIONS } from './usual-options.ts';

const id = runId('r');
const tenant = tenantId('t');
const OPERATORS = [
  input('x'),
  llm('plan', '', 'List {x}'),
  each('all', '{plan}', [llm('one', '', '{all-item} of {x}')], 'one'),
  llm('last', '', '{all}'),
  output('last', 'last'),
];

type Hits = ReadonlyMap<string, string>;

/** A run of two rows, planned and live; look-ups of its expansions are answered by hand. */
async function open() {
  const posted: CoreEvent[] = [];
  const noted: object[] = [];
  const lookups: PromiseWithResolvers<Hits>[] = [];
  let isPlanned = false;
  const catalog = new ModelCatalog();
  catalog.note({ ...identityOf('w', 'm', 4), modelDigest: modelDigest('d') });
  const parts = {
    clock: systemClock,
    catalog,
    functions: { describe: () => new Map() } as unknown as FunctionHost,
    cache: {
      async fetchMany(): Promise<Hits> {
        if (!isPlanned) return new Map();
        const lookup = Promise.withResolvers<Hits>();
        lookups.push(lookup);
        return lookup.promise;
      },
    } as unknown as PromptCache,
    profiles: new OutputProfiles(),
    prompts: new LivePrompts({ separateTenants: true }),
    dispatcher: { post: (event: CoreEvent) => void posted.push(event) },
    book: { note: (_: unknown, record: object) => void noted.push(record) },
    room: { grow() {} },
  };
  const offer = { models: ['m'], functions: new Map() };
  const workflow = { name: 'w', operators: OPERATORS };
  const rows = [{ x: '1' }, { x: '2' }];
  const run = {
    ...{ id, tenant, options: { ...USUAL_OPTIONS, seed: 5 }, cacheSalt: 's', acceptedAt: 0 },
    logical: validateWorkflow(workflow, rows, offer, DEFAULT_PLAN_LIMITS),
  };
  const made = await planRun(run, parts);
  isPlanned = true;
  const live = new LiveRuns(parts);
  live.add(run, made, 'kvflow');
  const nodesOf = (kind: 'expand' | 'call') =>
    made.plan.nodes.flatMap(({ action }, node) => (action.kind === kind ? node : []));
  const expand = (node: number, list: string) => {
    const { action } = made.plan.nodes[node]!;
    if (action.kind !== 'expand') throw new Error('not to be expanded');
    const texts = new Map<OperatorId, string>([...action.bindings].map(([from]) => [from, list]));
    return live.expand({ kind: 'expandNode', run: id, node, texts });
  };
  return { ...parts, live, made, posted, noted, lookups, nodesOf, expand };
}

describe('LiveRuns', () => {
  it('tells the scheduler of a run until it is over', async () => {
    const { live, prompts, nodesOf } = await open();
    expect([...live.scheduled]).toEqual([
      [id, expect.objectContaining({ tenant, policy: 'kvflow', seed: 5, cacheSalt: 's' })],
    ]);
    const [call] = nodesOf('call');
    expect(prompts.find({ run: id, node: call! })).toBeDefined();
    live.remove(id);
    expect(live.scheduled.size).toBe(0);
    expect(prompts.find({ run: id, node: call! })).toBeUndefined();
  });

  it('puts what nodes become in place in the order in which it was planned', async () => {
    const { expand, nodesOf, lookups, posted, noted, prompts } = await open();
    const [first, second] = nodesOf('expand');
    // The prompts of what comes first take longer.
    const addCalls = prompts.addCalls.bind(prompts);
    const slow = Promise.withResolvers<void>();
    let added = 0;
    prompts.addCalls = async (...calls) => {
      if (added++ === 0) await slow.promise;
      await addCalls(...calls);
    };
    const both = [expand(first!, '["a"]'), expand(second!, '["b", "c"]')];
    await expect.poll(() => lookups).toHaveLength(2);
    lookups[1]!.resolve(new Map());
    await expect.poll(() => added).toBe(1);
    lookups[0]!.resolve(new Map());
    await new Promise(setImmediate);
    expect(posted).toEqual([]);
    slow.resolve();
    await Promise.all(both);
    const grown = posted.map((event) => (event.kind === 'nodeExpanded' ? event : undefined));
    expect(grown.map((event) => event?.node)).toEqual([second, first]);
    const [one, other] = grown.map((event) => event!.expanded);
    expect(other!.first).toBe(one!.first + one!.nodes.length);
    expect(noted).toMatchObject([{ kind: 'expanded' }, { kind: 'expanded' }]);
  });

  it('tells of what cannot be expanded, and nothing of a run that is over', async () => {
    const { live, expand, nodesOf, lookups, posted } = await open();
    const [first, second] = nodesOf('expand');
    const failing = expand(first!, '["a"]');
    await expect.poll(() => lookups).toHaveLength(1);
    lookups[0]!.reject(new Error('no store'));
    await failing;
    expect(posted).toMatchObject([
      { kind: 'expansionFailed', run: id, node: first, error: { message: 'no store' } },
    ]);
    const late = expand(second!, '["b"]');
    await expect.poll(() => lookups).toHaveLength(2);
    live.remove(id);
    lookups[1]!.resolve(new Map());
    await late;
    await expand(second!, '["b"]');
    expect(posted).toHaveLength(1);
  });

  it('learns the length of what a worker made now, and takes what is answered out of the tree', async () => {
    const { live, made, profiles, prompts, nodesOf } = await open();
    const { workflow, authored } = made.promptRun;
    const expected = () => profiles.expected(workflow, authored.get('plan')!).outputTokens;
    const before = expected();
    const said = (row: number, source: 'worker' | 'merged') =>
      ({ kind: 'callFinished', operator: 'plan', rows: [row], source, outputTokens: 7 }) as const;
    const tell = (body: object, isAgain = false) => live.learn(id, body as RunEventBody, isAgain);
    const [one, other] = nodesOf('call').filter((n) => made.plan.nodes[n]!.operator === 'plan');
    tell(said(0, 'merged'));
    expect(prompts.find({ run: id, node: one! })).toBeUndefined();
    tell(said(1, 'worker'), true);
    expect(prompts.find({ run: id, node: other! })).toBeUndefined();
    expect(expected()).toBe(before);
    tell(said(1, 'worker'));
    expect(expected()).not.toBe(before);
  });
});

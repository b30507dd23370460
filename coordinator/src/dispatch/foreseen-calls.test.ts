import { modelDigest, operatorId, runId, systemClock, tenantId, workerId } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import { placeExpansion, prepareRun, substituteHits } from '../optimizer/index.ts';
import { each, input, llm, output } from '../optimizer/plan-builder.cases.ts';
import {
  DEFAULT_PLAN_LIMITS,
  expandOperator,
  knownTexts,
  type LogicalPlan,
  validateWorkflow,
} from '../plan/index.ts';
import { GrowingPlan } from './growing-plan.ts';
import { LivePrompts } from './live-prompts.ts';
import { type Pool, placesOf, poolProblem } from './make-schedule.ts';
import { OutputProfiles } from './output-profiles.ts';
import { Pacer } from './pacer.ts';
import { callNodes, promptRunOf } from './plan-run.ts';
import { atOnce } from './portions.ts';
import { estimatingTokenizer } from './prompt-tokens.ts';

const EACH = each(
  'all',
  '{plan}',
  [llm('one', 'You answer.', '{all-item} of {x}'), llm('two', '', 'Better: {one}')],
  'two',
);
const OPERATORS = [
  input('x'),
  llm('plan', '', 'List {x}'),
  EACH,
  llm('last', '', '{all}'),
  output('last', 'last'),
];
const POOL: Pool = {
  model: 'm',
  engine: 'sim',
  workers: [workerId('w1')],
  kvTokens: 4000,
  maxBatch: 4,
  blockTokens: 4,
};
const run = runId('r');

function prepare(logical: LogicalPlan) {
  const identities = { models: new Map([['m', modelDigest('d')]]), functions: new Map() };
  return substituteHits(
    prepareRun(logical, { naive: false, disabledRules: [], identities }),
    new Map(),
  ).plan;
}

/** The run above as the shell has it before anything ran. */
async function begin(profiles: OutputProfiles) {
  const offer = { models: ['m'], functions: new Map() };
  const workflow = { name: 'w', operators: OPERATORS };
  const logical = validateWorkflow(workflow, [{ x: '1' }, { x: '2' }], offer, DEFAULT_PLAN_LIMITS);
  const plan = prepare(logical);
  const growing = new GrowingPlan(plan);
  const promptRun = promptRunOf({ id: run, tenant: tenantId('t'), logical }, growing);
  const prompts = new LivePrompts({ separateTenants: true });
  const tokenizer = estimatingTokenizer();
  const making = {
    tokenizerOf: () => tokenizer,
    contextOf: () => undefined,
    profiles,
    pacer: new Pacer(systemClock),
  };
  const foreseen = growing.foresee(plan.nodes.keys(), profiles.shapesOf('w'));
  await prompts.addCalls(promptRun, [...callNodes(plan), ...foreseen], making);
  const real = callNodes(plan).map((node) => ({ run, node }));
  return { plan, growing, promptRun, prompts, making, real };
}

/** `operator(row) after its dependencies` of every call to be scheduled, and whether it gets a place. */
function describeProblem(prompts: LivePrompts, open: readonly { run: typeof run; node: number }[]) {
  const problem = poolProblem(prompts, POOL, [...open, ...prompts.foreseenCalls], []);
  if (problem === undefined) return [];
  const { places } = atOnce(placesOf(problem, () => ''));
  const name = (call: number) =>
    `${problem.prompts[call]?.operator.id}/${problem.prompts[call]?.row}`;
  return problem.instance.calls.map(({ deps }, call) => {
    const after = deps.length === 0 ? '' : ` after ${[...deps].map(name).join(' ')}`;
    return `${name(call)}${after}${places[call] === undefined ? ' (foreseen)' : ''}`;
  });
}

describe('calls that are foreseen', () => {
  it('stand in the schedule between what decides them and what waits for them, without places', async () => {
    const profiles = new OutputProfiles();
    for (let i = 0; i < 100; i++) profiles.observeShape('w', EACH as never, 1);
    const { prompts, real } = await begin(profiles);
    expect(describeProblem(prompts, real).filter((line) => line.includes('/0'))).toEqual([
      'plan/0',
      'all[0].one/0 after plan/0 (foreseen)',
      'all[0].two/0 after all[0].one/0 (foreseen)',
      'last/0 after all[0].two/0',
    ]);
  });

  it('give way to the calls that a node becomes', async () => {
    const { plan, growing, promptRun, prompts, making, real } = await begin(new OutputProfiles());
    expect(prompts.foreseenCalls).toHaveLength(8);
    const number = plan.nodes.findIndex(({ operator }) => operator === 'all');
    const node = growing.node(number);
    if (node.action.kind !== 'expand') throw new Error('not to be expanded');
    const texts = new Map([
      [operatorId('plan'), 'a\nb'],
      [operatorId('x'), '1'],
    ]);
    const expansion = expandOperator(node.action.operator, knownTexts(texts), 1);
    const placed = placeExpansion(prepare(expansion.plan), node, growing.size);
    const { calls, foreseen } = growing.expand(number, placed);
    for (const each of foreseen) prompts.removeCall({ run, node: each });
    await prompts.addCalls(promptRun, calls, making);
    prompts.renewCalls(promptRun, growing.takeRenewed(number), making);
    const open = [...real, ...calls.map((call) => ({ run, node: call }))];
    expect(describeProblem(prompts, open).filter((line) => line.includes('/0'))).toEqual([
      'plan/0',
      'all[0].one/0',
      'all[0].two/0 after all[0].one/0',
      'all[1].one/0',
      'all[1].two/0 after all[1].one/0',
      'last/0 after all[0].two/0 all[1].two/0',
    ]);
    prompts.removeRun(run);
    expect([prompts.foreseenCalls, prompts.treeOf('m')]).toEqual([[], undefined]);
  });
});

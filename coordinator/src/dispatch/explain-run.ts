import { type RunId, runId, workerId } from '@helium/shared';
import {
  explainSteps,
  type PlanStep,
  prepareRun,
  requireRuleNames,
  substituteHits,
} from '../optimizer/index.ts';
import {
  countCalls,
  DEFAULT_PLAN_LIMITS,
  type NodePlan,
  type Offer,
  type Operator,
  validateWorkflow,
} from '../plan/index.ts';
import { planSchedule, printSchedule, requirePolicy } from '../scheduler/index.ts';
import { printTree } from '../trt/index.ts';
import type { Dispatcher } from './dispatcher.ts';
import { expectedSavings } from './expected-savings.ts';
import { LivePrompts } from './live-prompts.ts';
import { type Pool, type PoolProblem, poolProblem } from './make-schedule.ts';
import { type PlanningParts, plannedSummary, prepareOptions, promptMaking } from './plan-run.ts';
import type { CreateRun, Explanation, RunOptions } from './run-port.ts';
import { machineOf, poolsOf, timingOf } from './schedule-maker.ts';

export interface ExplainParts extends PlanningParts {
  readonly dispatcher: Dispatcher;
  readonly defaultPolicy: string;
}

type Section = Explanation['sections'][number];

/** A pool's calls, planned. */
interface ExplainedPool {
  readonly problem: PoolProblem;
  readonly planned: ReturnType<typeof planSchedule>;
  readonly sections: readonly Section[];
}

/** Workers assumed where none is attached. */
const ASSUMED_POOL = {
  engine: 'onnx',
  workers: ['worker-1', 'worker-2'].map(workerId),
  kvTokens: 8192,
  maxBatch: 16,
  blockTokens: 64,
} as const;
const BRANCHES_SHOWN = 40;
const CALLS_SHOWN = 60;

/**
 * Plans without running: the plan as submitted and after each rule, the radix tree, the schedule with what
 * it should save, and the sum of it in plain words. Without workers, prompts are estimated and said to be.
 * Throws as `createRun` does, except that models need not be served.
 */
export async function explainRun(request: CreateRun, parts: ExplainParts): Promise<Explanation> {
  const startedAt = parts.clock.now();
  const { tenant, workflow, rows, options } = request;
  requirePolicy(options.policy);
  requireRuleNames(options.disabledRules);
  const logical = validateWorkflow(
    workflow,
    rows,
    offerFor(workflow.operators, parts),
    DEFAULT_PLAN_LIMITS,
  );
  const steps: PlanStep[] = [];
  const onStep = (step: PlanStep) => void steps.push(step);
  const run = { tenant, logical, options };
  const prepared = prepareRun(logical, { ...prepareOptions(run, parts), onStep });
  const keys = prepared.lookups.flatMap((lookup) => lookup.keys);
  const hits = keys.length === 0 ? new Map() : await parts.cache.fetchMany(tenant, keys);
  const { plan } = substituteHits(prepared, hits);
  const prompts = new LivePrompts({ separateTenants: false });
  const id = runId('explained');
  await prompts.addRun({ id, tenant, workflow: logical.name, plan }, promptMaking(parts));
  const pools = explainPools(id, plan, options, prompts, parts);
  return {
    sections: [
      ...explainSteps(logical, steps).map(({ title, text }) => ({ title, text })),
      ...pools.flatMap(({ sections }) => sections),
      { title: 'in short', text: sumUp(plan, pools) },
    ],
    summary: plannedSummary(plan, parts.clock.now() - startedAt),
  };
}

/** Models the workflow names count as offered: explaining needs no worker. */
function offerFor(operators: readonly Operator[], { catalog, functions }: ExplainParts): Offer {
  const models = [...new Set([...catalog.names, ...modelsNamed(operators)])];
  return { models: models.length === 0 ? ['default'] : models, functions: functions.describe() };
}

function modelsNamed(operators: readonly Operator[]): string[] {
  return operators.flatMap((operator) => {
    if (operator.kind === 'map') return modelsNamed(operator.body);
    return operator.kind === 'llm' && operator.model !== '' ? [operator.model] : [];
  });
}

function explainPools(
  run: RunId,
  plan: NodePlan,
  options: RunOptions,
  prompts: LivePrompts,
  parts: ExplainParts,
): ExplainedPool[] {
  const open = plan.nodes.flatMap(({ action }, node) =>
    action.kind === 'call' ? [{ run, node, model: action.operator.model }] : [],
  );
  const attached = poolsOf(parts.dispatcher.core.registry);
  return [...new Set(open.map(({ model }) => model))].sort().flatMap((model) => {
    const pool = attached.find((each) => each.model === model) ?? assumedPool(model);
    const problem = poolProblem(prompts, pool, open, []);
    if (problem === undefined) return [];
    const policy = options.policy === '' ? parts.defaultPolicy : options.policy;
    const { instance } = problem;
    const machine = machineOf(pool);
    const planned = planSchedule({ instance, policy, seed: options.seed, machine });
    const isAssumed = !attached.includes(pool);
    const sections = [
      treeSection(problem, prompts, plan, parts),
      scheduleSection(problem, planned, plan, isAssumed),
    ];
    return [{ problem, planned, sections }];
  });
}

function assumedPool(model: string): Pool {
  return { ...ASSUMED_POOL, model };
}

function treeSection(
  { pool, prompts: known }: PoolProblem,
  prompts: LivePrompts,
  plan: NodePlan,
  { catalog }: ExplainParts,
): Section {
  const tokenizer = catalog.tokenizerOf(pool.model)?.tokenizer;
  const names = new Map(known.map(({ key, node }) => [key, nodeName(plan, node)]));
  const tree = prompts.treeOf(pool.model);
  const decode = (tokens: Int32Array) => {
    const decoder = tokenizer?.createDecoder();
    if (decoder === undefined) return '';
    return [...tokens].map((token) => decoder.push(token)).join('') + decoder.end();
  };
  const text =
    tree === undefined
      ? ''
      : printTree(tree, {
          describeCall: (key) => names.get(key) ?? 'a function',
          maxBranches: BRANCHES_SHOWN,
          ...(tokenizer === undefined ? {} : { decode }),
        });
  const note =
    tokenizer === undefined
      ? `No worker has brought the tokenizer of "${pool.model}": tokens are ESTIMATED, four ` +
        'characters each.\n'
      : '';
  return { title: `the radix tree of "${pool.model}"`, text: note + text };
}

function scheduleSection(
  { pool, instance, prompts }: PoolProblem,
  planned: ReturnType<typeof planSchedule>,
  plan: NodePlan,
  isAssumed: boolean,
): Section {
  const text = printSchedule(instance, planned.schedule, {
    describeCall: (call) => nodeName(plan, prompts[call]?.node ?? -1),
    describeWorker: (worker) => pool.workers[worker] ?? `worker ${worker}`,
    maxCalls: CALLS_SHOWN,
  });
  const note = isAssumed
    ? `No worker serves "${pool.model}": ${pool.workers.length} are ASSUMED, with room for ` +
      `${pool.kvTokens.toLocaleString('en-US')} tokens each.\n`
    : '';
  const title = `the schedule of "${pool.model}" (${planned.report.policy})`;
  return { title, text: note + text };
}

function nodeName(plan: NodePlan, node: number): string {
  const { operator, rows } = plan.nodes[node] ?? { operator: '?', rows: [] };
  const [first = '?', ...more] = rows;
  return `${operator} row ${first}${more.length === 0 ? '' : ` +${more.length}`}`;
}

function sumUp(plan: NodePlan, pools: readonly ExplainedPool[]): string {
  const { submitted, pruned, merged, cached } = plan.counts;
  const calls = countCalls(plan);
  const lines = [
    `The workflow over its rows asks for ${say(submitted, 'LLM call')}.`,
    pruned > 0 && `${say(pruned, 'call')} no output needs: they are left out.`,
    merged > 0 && `${say(merged, 'call')} would say what another one says: they share its answer.`,
    cached > 0 &&
      `${say(cached, 'call')} were answered by earlier runs: the prompt cache has them.`,
    calls === 0
      ? 'Nothing is left for a model to do.'
      : `${say(calls, 'call')} ${calls === 1 ? 'goes' : 'go'} to workers.`,
    ...pools.map(savings),
  ];
  return `${lines.filter((line) => line !== false).join('\n')}\n`;
}

function savings({ problem, planned }: ExplainedPool): string {
  const { pool, instance } = problem;
  const { promptTokens } = planned.report;
  const prompts = `Their prompts on "${pool.model}" have about ${say(promptTokens, 'token')}.`;
  const expected = expectedSavings(instance, planned, timingOf(pool));
  if (expected === undefined) {
    return `${prompts} Some call is larger than a worker's KV cache, so nothing more can be said.`;
  }
  const { reusedTokens, seconds, secondsUnplanned } = expected;
  const share = promptTokens === 0 ? 0 : Math.round((100 * reusedTokens) / promptTokens);
  return (
    `${prompts} In this order ${say(pool.workers.length, 'worker')} should find about ` +
    `${say(reusedTokens, 'token')} (${share} %) computed already.\n` +
    `On the model of the ${pool.engine} engine that takes ${duration(seconds)}; row by row, one call ` +
    `at a time on each worker, ${duration(secondsUnplanned)}.`
  );
}

function duration(seconds: number): string {
  return seconds < 10 ? `${seconds.toFixed(1)} s` : `${Math.round(seconds)} s`;
}

function say(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;
}

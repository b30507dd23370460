import { type RunId, runId, workerId } from '@helium/shared';
import type { Tokenizer } from '@helium/shared/tokenizer';
import { type ExplainedPool, explainBriefly, explainFully } from '../explain/index.ts';
import { type PlanStep, prepareRun, requireRuleNames, substituteHits } from '../optimizer/index.ts';
import {
  allOperators,
  DEFAULT_PLAN_LIMITS,
  modelName,
  type NodePlan,
  type Offer,
  type Operator,
  validateWorkflow,
} from '../plan/index.ts';
import { planSchedule, requirePolicy } from '../scheduler/index.ts';
import { timingOf } from './core/engine-timing.ts';
import type { Dispatcher } from './dispatcher.ts';
import { GrowingPlan } from './growing-plan.ts';
import { LivePrompts } from './live-prompts.ts';
import { type Pool, poolProblem } from './make-schedule.ts';
import { profileScope } from './output-profiles.ts';
import {
  callNodes,
  type PlanningParts,
  pinRun,
  plannedSummary,
  prepareOptions,
  promptMaking,
  promptRunOf,
} from './plan-run.ts';
import type { ExplainRun, Explanation, RunOptions } from './run-port.ts';
import { machineOf, poolsOf } from './schedule-maker.ts';

export interface ExplainParts extends PlanningParts {
  readonly dispatcher: Dispatcher;
  readonly defaultPolicy: string;
  /** What look-ups take of late, ms, where that is too long. Default: it never is. */
  readonly slowCacheMs?: () => number | undefined;
}

/** Workers assumed where none is attached. */
const ASSUMED_POOL = {
  engine: 'onnx',
  workers: ['worker-1', 'worker-2'].map(workerId),
  kvTokens: 8192,
  maxBatch: 16,
  blockTokens: 16,
} as const;

/**
 * Plans without running: what was saved and why, the plan, what each rule did, the radix tree and the
 * schedule. Without workers, prompts are estimated and said to be. Throws as `createRun` does, except
 * that models need not be served.
 */
export async function explainRun(request: ExplainRun, parts: ExplainParts): Promise<Explanation> {
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
  const pinned = { ...run, logical: pinRun(run, parts.catalog) };
  const prepared = prepareRun(pinned.logical, { ...prepareOptions(pinned, parts), onStep });
  const keys = prepared.lookups.flatMap((lookup) => lookup.keys);
  const hits = keys.length === 0 ? new Map() : await parts.cache.fetchMany(tenant, keys);
  const { plan } = substituteHits(prepared, hits);
  const prompts = new LivePrompts({ separateTenants: false });
  const id = runId('explained');
  const growing = new GrowingPlan(plan, plan.nodes.length);
  if (!options.naive)
    growing.foresee(plan.nodes.keys(), parts.profiles.shapesOf(profileScope(tenant, logical.name)));
  const foreseen = growing.foreseenNodes.map((node) => ({ ...node, answers: [] }));
  const named = { ...plan, nodes: [...plan.nodes, ...foreseen] };
  const promptRun = promptRunOf({ id, tenant, logical }, growing);
  await prompts.addCalls(promptRun, callNodes(named), promptMaking(parts));
  const explained = {
    submitted: pinned.logical,
    steps,
    plan,
    named,
    isNaive: options.naive,
    lookups: prepared.lookups.filter(({ node }) => isCall(prepared.plan, node)).length,
    slowCacheMs: parts.slowCacheMs?.(),
    pools: explainPools(id, named, options, prompts, parts),
  };
  return {
    sections: request.full ? explainFully(explained) : explainBriefly(explained),
    summary: plannedSummary(plan, parts.clock.now() - startedAt),
  };
}

function isCall(plan: NodePlan, node: number): boolean {
  return plan.nodes[node]?.action.kind === 'call';
}

/** Models the workflow names count as offered: explaining and checking need no worker. */
export function offerFor(
  operators: readonly Operator[],
  { catalog, functions }: Pick<ExplainParts, 'catalog' | 'functions'>,
): Offer {
  const models = [...new Set([...catalog.names, ...modelsNamed(operators)])];
  return { models: models.length === 0 ? ['default'] : models, functions: functions.describe() };
}

function modelsNamed(operators: readonly Operator[]): string[] {
  return allOperators(operators).flatMap((operator) =>
    operator.kind === 'llm' && operator.model !== '' ? [operator.model] : [],
  );
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
  const { registry, planning } = parts.dispatcher.core;
  const attached = poolsOf(registry, (worker) => planning.isSpared(worker));
  return [...new Set(open.map(({ model }) => model))]
    .sort()
    .flatMap((model): ExplainedPool | [] => {
      const pool = attached.find((each) => each.model === model) ?? assumedPool(model);
      const problem = poolProblem(prompts, pool, open, []);
      const tree = prompts.treeOf(model);
      if (problem === undefined || tree === undefined) return [];
      const policy = options.policy === '' ? parts.defaultPolicy : options.policy;
      const { instance, prompts: known } = problem;
      const tokenizer = parts.catalog.tokenizerOf(model)?.tokenizer;
      return {
        model: modelName(model),
        workers: pool.workers,
        kvTokens: pool.kvTokens,
        isAssumed: !attached.includes(pool),
        poor: registry.list().flatMap(({ identity, standing }) => {
          const { workerId: worker } = identity;
          const isPoor = identity.model === model && standing.reason !== '';
          return isPoor && !pool.workers.includes(worker)
            ? { worker, reason: standing.reason }
            : [];
        }),
        timing: timingOf(pool),
        tree,
        ...(tokenizer === undefined ? {} : { decode: (tokens) => decodePrompt(tokenizer, tokens) }),
        nodeOfKey: new Map(known.map(({ key, node }) => [key, node])),
        instance,
        nodeOfCall: known.map(({ node }) => node),
        planned: planSchedule({ instance, policy, seed: options.seed, machine: machineOf(pool) }),
      };
    });
}

function assumedPool(model: string): Pool {
  return { ...ASSUMED_POOL, model };
}

/** Text with the names of special tokens in it. */
function decodePrompt({ createDecoder, specialTokens }: Tokenizer, tokens: Int32Array): string {
  const decoder = createDecoder();
  const texts = Array.from(tokens, (token) => specialTokens.get(token) ?? decoder.push(token));
  return texts.join('') + decoder.end();
}

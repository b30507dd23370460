import type { Clock, ModelDigest, RunId, TenantId } from '@helium/shared';
import { createCacheKeys } from '../cache/cache-key.ts';
import type { PromptCache } from '../cache/prompt-cache.ts';
import type { FunctionHost } from '../functions/index.ts';
import type { PlanBasis } from '../journal/index.ts';
import {
  isComputed,
  type PrepareOptions,
  prepareRun,
  type RuleNote,
  substituteHits,
} from '../optimizer/index.ts';
import {
  authoredId,
  type CacheKeys,
  type Identities,
  type LlmOperator,
  type LogicalPlan,
  modelName,
  modelVersion,
  type NodePlan,
  operatorsWithin,
  type PhysicalNode,
  pinModels,
  versionDigest,
} from '../plan/index.ts';
import type { PlannedRun } from './core/core-event.ts';
import { GrowingPlan } from './growing-plan.ts';
import type { LivePrompts, PromptMaking, PromptRun } from './live-prompts.ts';
import type { ModelCatalog } from './model-catalog.ts';
import { type OutputProfiles, profileScope } from './output-profiles.ts';
import { Pacer } from './pacer.ts';
import { estimatingTokenizer } from './prompt-tokens.ts';
import type { RunPast } from './restore-run.ts';
import type { RunOptions, RunSummary } from './run-port.ts';

/** A validated run that waits for its plan. */
export interface AcceptedRun {
  readonly id: RunId;
  readonly tenant: TenantId;
  readonly logical: LogicalPlan;
  readonly options: RunOptions;
  readonly cacheSalt: string;
  /** Steady time, ms. */
  readonly acceptedAt: number;
  readonly traceparent?: string;
  /** Of a run that is resumed. */
  readonly past?: RunPast;
}

export interface PlanningParts {
  readonly clock: Clock;
  readonly catalog: ModelCatalog;
  readonly functions: FunctionHost;
  readonly cache: PromptCache;
  readonly profiles: OutputProfiles;
  readonly prompts: LivePrompts;
}

/** A run planned, for the core and for the shell. */
export interface MadePlan {
  readonly planned: PlannedRun;
  readonly plan: NodePlan;
  readonly notes: readonly RuleNote[];
  readonly growing: GrowingPlan;
  readonly promptRun: PromptRun;
  /** With this the same request is planned the same again. */
  readonly basis: PlanBasis;
}

/** The way of a plan: rules, one round trip to the prompt cache, hits put in place, prompts known. */
export async function planRun(run: AcceptedRun, parts: PlanningParts): Promise<MadePlan> {
  const startedAt = parts.clock.now();
  const pinned = { ...run, logical: pinRun(run, parts.catalog) };
  const options = prepareOptions(pinned, parts);
  const prepared = prepareRun(pinned.logical, options);
  const keys = prepared.lookups.flatMap((lookup) => lookup.keys);
  const hits = run.past?.basis?.hits ?? (await lookUp(run, keys, parts));
  const { plan, notes } = substituteHits(prepared, hits);
  const growing = new GrowingPlan(plan);
  const promptRun = promptRunOf(run, growing);
  if (!run.options.naive) {
    const foreseen = growing.foresee(
      plan.nodes.keys(),
      parts.profiles.shapesOf(profileScope(run.tenant, run.logical.name)),
    );
    const calls = [...callNodes(plan), ...foreseen];
    await parts.prompts.addCalls(promptRun, calls, promptMaking(parts));
  }
  const { id, tenant, cacheSalt, acceptedAt, traceparent } = run;
  const planMs = run.past?.basis?.planMs ?? parts.clock.now() - startedAt;
  const known = run.past?.results;
  const planned: PlannedRun = {
    id,
    tenant,
    plan,
    options: run.options,
    cacheSalt,
    derivationKeys: derivationKeys(plan.nodes, options.cacheKeys),
    acceptedAt,
    planMs,
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(known === undefined || known.size === 0 ? {} : { known }),
  };
  const { models, functions } = options.identities;
  const digests = [...models].map(([version, digest]) => [modelName(version), digest] as const);
  const basis = { models: new Map(digests), functions, hits, planMs };
  return { planned, plan, notes, growing, promptRun, basis };
}

/** What the prompt cache has of these, in one round trip. */
export async function lookUp(
  { tenant }: Pick<AcceptedRun, 'tenant'>,
  keys: readonly string[],
  { cache }: Pick<PlanningParts, 'cache'>,
): Promise<ReadonlyMap<string, string>> {
  return keys.length === 0 ? new Map() : cache.fetchMany(tenant, keys);
}

/** The run as its prompts are made. */
export function promptRunOf(
  { id, tenant, logical }: Pick<AcceptedRun, 'id' | 'tenant' | 'logical'>,
  { seen }: GrowingPlan,
): PromptRun {
  const authored = new Map<string, LlmOperator>();
  for (const operator of logical.operators.flatMap(operatorsWithin)) {
    const name = authoredId(operator.id);
    if (operator.kind === 'llm' && !authored.has(name)) authored.set(name, operator);
  }
  return { id, tenant, workflow: profileScope(tenant, logical.name), nodeOf: seen, authored };
}

/** The numbers of a plan's calls. */
export function callNodes(plan: NodePlan): number[] {
  return plan.nodes.flatMap(({ action }, node) => (action.kind === 'call' ? node : []));
}

/** The run's operators by the versions of their models. */
export function pinRun(
  { logical, past }: Pick<AcceptedRun, 'logical' | 'past'>,
  catalog: ModelCatalog,
): LogicalPlan {
  return pinModels(logical, (name) => versionFor(past, name, catalog));
}

/** The version of a model that a run was planned with, or that new runs are. */
export function versionFor(past: RunPast | undefined, name: string, catalog: ModelCatalog): string {
  const digest = past?.basis?.models.get(name);
  return digest === undefined ? catalog.current(name) : modelVersion(name, digest);
}

/** How the rules are to treat a run; its operators name their models by version. */
export function prepareOptions(
  run: Pick<AcceptedRun, 'tenant' | 'logical' | 'options' | 'past'>,
  parts: Pick<PlanningParts, 'functions'>,
): PrepareOptions {
  const { naive, disabledRules } = run.options;
  const cacheKeys = cacheKeysOf(run);
  return {
    naive,
    disabledRules,
    identities: {
      ...identitiesOf(run.logical, parts),
      ...(run.past?.basis === undefined ? {} : { functions: run.past.basis.functions }),
    },
    ...(cacheKeys === undefined ? {} : { cacheKeys }),
  };
}

/** Undefined for a run that is not to use the prompt cache. */
export function cacheKeysOf({
  tenant,
  options,
}: Pick<AcceptedRun, 'tenant' | 'options'>): CacheKeys | undefined {
  return options.usePromptCache && !options.naive ? createCacheKeys(tenant) : undefined;
}

/** The counts of a plan before anything ran. */
export function plannedSummary(plan: NodePlan, planMs: number): RunSummary {
  return {
    operators: { ...plan.counts, executed: 0 },
    tokens: { prompt: 0, prefilled: 0, reused: 0, generated: 0, prefetched: 0 },
    seconds: { plan: planMs / 1000, run: 0 },
    cacheMissReasons: {},
  };
}

/** By the models' own tokenizers, or by an estimate where nobody brought one. */
export function promptMaking({
  clock,
  catalog,
  profiles,
}: Pick<PlanningParts, 'clock' | 'catalog' | 'profiles'>): PromptMaking {
  const estimate = estimatingTokenizer();
  return {
    tokenizerOf: (model) => catalog.tokenizerOf(model)?.prompts ?? estimate,
    contextOf: (model) => catalog.find(model)?.contextTokens,
    profiles,
    pacer: new Pacer(clock),
  };
}

function identitiesOf(
  { operators }: LogicalPlan,
  { functions }: Pick<PlanningParts, 'functions'>,
): Identities {
  const known = functions.describe();
  const models = new Map<string, ModelDigest>();
  const codes = new Map<string, string>();
  for (const operator of operators.flatMap(operatorsWithin)) {
    if (operator.kind === 'llm') {
      models.set(operator.model, versionDigest(operator.model));
    } else if (operator.kind === 'fn') {
      codes.set(operator.name, known.get(operator.name)?.digest ?? '');
    }
  }
  return { models, functions: codes };
}

/** Keys under which later plans find the texts of this one without running what is below them. */
export function derivationKeys(
  nodes: readonly PhysicalNode[],
  keys: CacheKeys | undefined,
  first = 0,
): ReadonlyMap<number, string> {
  const found = new Map<number, string>();
  for (const [i, node] of nodes.entries()) {
    if (isComputed(node) && node.signature !== undefined && keys !== undefined) {
      found.set(first + i, keys.derivation(node.signature));
    }
  }
  return found;
}

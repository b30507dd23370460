import type { Clock, ModelDigest, RunId, TenantId } from '@helium/shared';
import { createCacheKeys } from '../cache/cache-key.ts';
import type { PromptCache } from '../cache/prompt-cache.ts';
import type { FunctionHost } from '../functions/index.ts';
import {
  type PrepareOptions,
  prepareRun,
  type RuleNote,
  substituteHits,
} from '../optimizer/index.ts';
import type { CacheKeys, Identities, LogicalPlan, NodePlan } from '../plan/index.ts';
import type { PlannedRun } from './core/core-event.ts';
import type { LivePrompts, PromptMaking } from './live-prompts.ts';
import type { ModelCatalog } from './model-catalog.ts';
import type { OutputProfiles } from './output-profiles.ts';
import { Pacer } from './pacer.ts';
import { estimatingTokenizer } from './prompt-tokens.ts';
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
}

export interface PlanningParts {
  readonly clock: Clock;
  readonly catalog: ModelCatalog;
  readonly functions: FunctionHost;
  readonly cache: PromptCache;
  readonly profiles: OutputProfiles;
  readonly prompts: LivePrompts;
}

/** The way of a plan: rules, one round trip to the prompt cache, hits put in place, prompts known. */
export async function planRun(
  run: AcceptedRun,
  parts: PlanningParts,
): Promise<{ readonly planned: PlannedRun; readonly plan: NodePlan; notes: readonly RuleNote[] }> {
  const startedAt = parts.clock.now();
  const options = prepareOptions(run, parts);
  const prepared = prepareRun(run.logical, options);
  const keys = prepared.lookups.flatMap((lookup) => lookup.keys);
  const hits = keys.length === 0 ? new Map() : await parts.cache.fetchMany(run.tenant, keys);
  const { plan, notes } = substituteHits(prepared, hits);
  if (!run.options.naive) {
    const { id, tenant, logical } = run;
    const making = promptMaking(parts);
    await parts.prompts.addRun({ id, tenant, workflow: logical.name, plan }, making);
  }
  const { id, tenant, cacheSalt, acceptedAt, traceparent } = run;
  const planned: PlannedRun = {
    id,
    tenant,
    plan,
    options: run.options,
    cacheSalt,
    modelDigests: options.identities.models,
    derivationKeys: derivationKeys(plan, options.cacheKeys),
    acceptedAt,
    planMs: parts.clock.now() - startedAt,
    ...(traceparent === undefined ? {} : { traceparent }),
  };
  return { planned, plan, notes };
}

/** How the rules are to treat a run. */
export function prepareOptions(
  run: Pick<AcceptedRun, 'tenant' | 'logical' | 'options'>,
  parts: Pick<PlanningParts, 'catalog' | 'functions'>,
): PrepareOptions {
  const { naive, disabledRules, usePromptCache } = run.options;
  const usesCache = usePromptCache && !naive;
  return {
    naive,
    disabledRules,
    identities: identitiesOf(run.logical, parts),
    ...(usesCache ? { cacheKeys: createCacheKeys(run.tenant) } : {}),
  };
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

/** Stands for the weights of a model that nobody serves: such a plan can be looked at, not run. */
const UNSERVED = '' as ModelDigest;

function identitiesOf(
  { operators }: LogicalPlan,
  { catalog, functions }: Pick<PlanningParts, 'catalog' | 'functions'>,
): Identities {
  const known = functions.describe();
  const models = new Map<string, ModelDigest>();
  const codes = new Map<string, string>();
  for (const operator of operators) {
    if (operator.kind === 'llm') {
      models.set(operator.model, catalog.find(operator.model)?.digest ?? UNSERVED);
    } else if (operator.kind === 'fn') {
      codes.set(operator.name, known.get(operator.name)?.digest ?? '');
    }
  }
  return { models, functions: codes };
}

/** Keys under which later plans find the texts of this one without running what is below them. */
function derivationKeys(plan: NodePlan, keys: CacheKeys | undefined): ReadonlyMap<number, string> {
  const found = new Map<number, string>();
  for (const [node, { action, signature }] of plan.nodes.entries()) {
    const isComputed =
      action.kind === 'call' || (action.kind === 'evaluate' && action.operator.kind === 'fn');
    if (isComputed && signature !== undefined && keys !== undefined) {
      found.set(node, keys.derivation(signature));
    }
  }
  return found;
}

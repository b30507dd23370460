import {
  type CacheKeys,
  counted,
  type Identities,
  type LogicalPlan,
  type NodePlan,
} from '../plan/index.ts';
import { type CacheLookup, cacheLookups } from './cache-lookup.ts';
import { checkLogicalPlan, checkNodePlan } from './check-plan.ts';
import { lowerNaively, lowerPlan } from './lower.ts';
import {
  logicalSize,
  NOTHING_TO_DO,
  optimizeLogical,
  optimizePhysical,
  type PlanStep,
  physicalSize,
  type RuleNote,
  requireRuleNames,
} from './optimizer.ts';
import { substituteCachedOperator } from './rules/substitute-cached-operator.ts';

/** How a run is to be planned. */
export interface PrepareOptions {
  /** No rules, nothing merged or cached: one node per operator × row. */
  readonly naive: boolean;
  /** Names from RULES. */
  readonly disabledRules: readonly string[];
  readonly identities: Identities;
  /** Absent when the run is not to use the prompt cache. */
  readonly cacheKeys?: CacheKeys;
  /** Told after every rule, for explain. */
  readonly onStep?: (step: PlanStep) => void;
}

/** A plan that waits for the answers of the prompt cache. */
export interface PreparedRun {
  /** As submitted; calls that moved into branches count there, when those are expanded. */
  readonly submitted: LogicalPlan;
  readonly plan: NodePlan;
  /** To be answered in one round trip; `lookups.flatMap(l => l.keys)` are the keys. */
  readonly lookups: readonly CacheLookup[];
  readonly notes: readonly RuleNote[];
  readonly options: PrepareOptions;
}

/** A plan ready to be scheduled. */
export interface PlannedRun {
  readonly plan: NodePlan;
  readonly notes: readonly RuleNote[];
}

/**
 * First half of planning: logical rules, lowering, physical rules, and the keys to ask the prompt
 * cache for. Throws OPTIONS_INVALID for unknown rule names, INVARIANT_BROKEN when a rule breaks the
 * plan.
 */
export function prepareRun(submitted: LogicalPlan, options: PrepareOptions): PreparedRun {
  requireRuleNames(options.disabledRules);
  const notes: RuleNote[] = [];
  const onStep = stepRecorder(notes, options);
  checkLogicalPlan(submitted, 'validation');
  if (options.naive) {
    const plan = lowerNaively(submitted);
    checkNodePlan(plan, submitted, 'lower-naively');
    onStep(loweringStep('lower-naively', submitted, plan));
    return { submitted, plan, lookups: [], notes, options };
  }
  const run = { ...options, cachedTexts: new Map(), onStep };
  const logical = optimizeLogical(submitted, run);
  // Calls that moved into branches are submitted when those are expanded.
  const accounted = { ...submitted, submittedCalls: logical.submittedCalls };
  const lowered = lowerPlan(logical, options.identities);
  checkNodePlan(lowered, accounted, 'lower');
  onStep(loweringStep('lower', logical, lowered));
  // What waits for hits is told of in the second half.
  const disabledRules = [...options.disabledRules, substituteCachedOperator.name];
  const onFirstStep = (step: PlanStep) => {
    if (step.note.rule !== substituteCachedOperator.name) onStep(step);
  };
  const plan = optimizePhysical(lowered, accounted, { ...run, disabledRules, onStep: onFirstStep });
  const isLookedUp = !options.disabledRules.includes(substituteCachedOperator.name);
  const keys = isLookedUp ? options.cacheKeys : undefined;
  const lookups = keys === undefined ? [] : cacheLookups(plan, keys, options.identities);
  return { submitted: accounted, plan, lookups, notes, options };
}

/**
 * Second half of planning: puts the hits in place, top-down, and optimizes what is left. `hits` are
 * texts by key as the prompt cache returned them; keys that were not asked for are ignored.
 */
export function substituteHits(
  prepared: PreparedRun,
  hits: ReadonlyMap<string, string>,
): PlannedRun {
  const { submitted, plan, lookups, options } = prepared;
  if (options.naive) return { plan, notes: prepared.notes };
  const notes = [...prepared.notes];
  const cachedTexts = new Map<string, string>();
  for (const { signature, keys } of lookups) {
    const key = keys.find((candidate) => hits.has(candidate));
    if (key !== undefined) cachedTexts.set(signature, hits.get(key)!);
  }
  const record = stepRecorder(notes, options);
  const onStep = ({ note, plan: after }: PlanStep) => {
    const isSubstitution = note.rule === substituteCachedOperator.name;
    if (isSubstitution && note.text === NOTHING_TO_DO) {
      record({
        note: { ...note, text: `no hit in ${counted(lookups.length, 'look-up')}` },
        plan: after,
      });
    } else if (isSubstitution || note.changed) {
      record({ note, plan: after });
    }
  };
  const run = { ...options, cachedTexts, onStep };
  return { plan: optimizePhysical(plan, submitted, run), notes };
}

function stepRecorder(notes: RuleNote[], options: PrepareOptions): (step: PlanStep) => void {
  return (step) => {
    notes.push(step.note);
    options.onStep?.(step);
  };
}

function loweringStep(rule: string, before: LogicalPlan, plan: NodePlan): PlanStep {
  const operators = counted(before.operators.length, 'operator');
  const rows = counted(before.rows.length, 'row');
  const text = `${operators} over ${rows}: ${counted(plan.nodes.length, 'node')}`;
  const note = {
    rule,
    changed: true,
    text,
    before: logicalSize(before),
    after: physicalSize(plan),
  };
  return { note, plan };
}

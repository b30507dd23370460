import { HeliumError, invariant } from '@helium/shared';
import { countCalls, type LogicalPlan, type NodePlan } from '../plan/index.ts';
import { checkLogicalPlan, checkNodePlan } from './check-plan.ts';
import type { RuleContext, Transformed } from './rule.ts';
import { LOGICAL_RULES, PHYSICAL_RULES, RULES } from './rules.ts';

/** What one rule, or lowering, did. */
export interface RuleNote {
  readonly rule: string;
  readonly changed: boolean;
  /** What was done, with counts and names; "disabled" or "nothing to do" when unchanged. */
  readonly text: string;
  readonly before: PlanSize;
  readonly after: PlanSize;
}

export interface PlanSize {
  /** Of a logical plan. */
  readonly operators?: number;
  /** Of a physical plan. */
  readonly nodes?: number;
  /** LLM calls to run: operator × row before lowering, nodes after it. */
  readonly calls: number;
}

/** A look at the plan after a step, for explain. */
export interface PlanStep {
  readonly note: RuleNote;
  readonly plan: LogicalPlan | NodePlan;
}

/** How one run is optimized. */
export interface OptimizeOptions extends RuleContext {
  /** Names from RULES. */
  readonly disabledRules: readonly string[];
  readonly onStep: (step: PlanStep) => void;
}

/** The text of a note of a rule that found nothing. */
export const NOTHING_TO_DO = 'nothing to do';

/** Passes over a rule list; every rule reaches its fixed point in two or three. */
const PASSES_MAX = 16;

/** Refuses names that are not rules. Throws OPTIONS_INVALID with one fault per name. */
export function requireRuleNames(names: readonly string[]): void {
  const known = RULES.map((rule) => rule.name);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  const message = `no rule is named ${unknown.map((name) => `"${name}"`).join(', ')}`;
  throw new HeliumError('OPTIONS_INVALID', `${message}; rules: ${known.join(', ')}`, {
    faults: unknown.map((name) => ({ field: 'disabledRules', message: `unknown rule "${name}"` })),
  });
}

/**
 * Runs the logical rules to a fixed point. Throws INVARIANT_BROKEN naming a rule that breaks the
 * plan.
 */
export function optimizeLogical(plan: LogicalPlan, options: OptimizeOptions): LogicalPlan {
  const check = (after: LogicalPlan, rule: string) => checkLogicalPlan(after, rule);
  return runRules(LOGICAL_RULES, plan, options, check, logicalSize);
}

/**
 * Runs the physical rules to a fixed point. Throws INVARIANT_BROKEN naming a rule that breaks the
 * plan.
 */
export function optimizePhysical(
  plan: NodePlan,
  submitted: LogicalPlan,
  options: OptimizeOptions,
): NodePlan {
  const check = (after: NodePlan, rule: string) => checkNodePlan(after, submitted, rule);
  return runRules(PHYSICAL_RULES, plan, options, check, physicalSize);
}

/** Size of a logical plan. */
export function logicalSize(plan: LogicalPlan): PlanSize {
  const calls = plan.operators.filter((operator) => operator.kind === 'llm').length;
  return { operators: plan.operators.length, calls: calls * plan.rows.length };
}

/** Size of a physical plan. */
export function physicalSize(plan: NodePlan): PlanSize {
  return { nodes: plan.nodes.length, calls: countCalls(plan) };
}

interface RuleOf<Plan> {
  readonly name: string;
  apply(plan: Plan, context: RuleContext): Transformed<Plan>;
}

function runRules<Plan extends LogicalPlan | NodePlan>(
  rules: readonly RuleOf<Plan>[],
  start: Plan,
  options: OptimizeOptions,
  check: (plan: Plan, rule: string) => void,
  sizeOf: (plan: Plan) => PlanSize,
): Plan {
  let plan = start;
  for (let pass = 0, isChanged = true; isChanged; pass++) {
    invariant(pass < PASSES_MAX, `rules still change the plan after ${PASSES_MAX} passes`);
    isChanged = false;
    for (const rule of rules) {
      const before = sizeOf(plan);
      const isDisabled = options.disabledRules.includes(rule.name);
      const result = isDisabled ? unchanged(plan) : rule.apply(plan, options);
      if (result.changed) check(result.plan, rule.name);
      plan = result.plan;
      isChanged ||= result.changed;
      // The first pass tells of every rule, later ones only of what they add.
      if (pass > 0 && !result.changed) continue;
      const idle = isDisabled ? 'disabled' : NOTHING_TO_DO;
      const text = result.changed ? result.text : idle;
      const after = sizeOf(plan);
      options.onStep({
        note: { rule: rule.name, changed: result.changed, text, before, after },
        plan,
      });
    }
  }
  return plan;
}

function unchanged<Plan>(plan: Plan): Transformed<Plan> {
  return { changed: false, plan };
}

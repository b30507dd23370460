export { type CacheLookup, cacheLookups, isComputed } from './cache-lookup.ts';
export { checkLogicalPlan, checkNodePlan } from './check-plan.ts';
export { explainSteps, type StepSection } from './explain-steps.ts';
export { lowerNaively, lowerPlan } from './lower.ts';
export { type PlanSize, type PlanStep, type RuleNote, requireRuleNames } from './optimizer.ts';
export { instanceRows, type PlacedExpansion, placeExpansion } from './place-expansion.ts';
export {
  type PlannedRun,
  type PreparedRun,
  type PrepareOptions,
  prepareRun,
  substituteHits,
} from './prepare-run.ts';
export type { LogicalRule, PhysicalRule, RuleContext, Transformed } from './rule.ts';
export { RULES } from './rules.ts';

export { isComputed } from './cache-lookup.ts';
export { explainSteps } from './explain-steps.ts';
export { lowerNaively } from './lower.ts';
export { type PlanStep, type RuleNote, requireRuleNames } from './optimizer.ts';
export { instanceRows, type PlacedExpansion, placeExpansion } from './place-expansion.ts';
export {
  type PlannedRun,
  type PrepareOptions,
  prepareRun,
  substituteHits,
} from './prepare-run.ts';
export { RULES } from './rules.ts';

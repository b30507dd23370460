export { explainBriefly } from './explain-briefly.ts';
export { explainFully } from './explain-fully.ts';
export type { ExplainedPlan, ExplainedPool, Section } from './explained-plan.ts';

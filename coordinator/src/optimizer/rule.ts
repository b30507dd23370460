import { counted, type Identities, type LogicalPlan, type NodePlan } from '../plan/index.ts';

/** What a rule made of a plan: told by the rule, never found out by comparing plans. */
export type Transformed<Plan> =
  | { readonly changed: false; readonly plan: Plan }
  /** `text` says for people what was done: counts and names. */
  | { readonly changed: true; readonly plan: Plan; readonly text: string };

/** A rewrite of operators, before rows are looked at one by one. */
export interface LogicalRule {
  /** The file's name; what `disabledRules` and explain call it. */
  readonly name: string;
  readonly stage: 'logical';
  /** One sentence for people. */
  readonly description: string;
  apply(plan: LogicalPlan, context: RuleContext): Transformed<LogicalPlan>;
}

/** A rewrite of nodes, after lowering. */
export interface PhysicalRule {
  readonly name: string;
  readonly stage: 'physical';
  readonly description: string;
  apply(plan: NodePlan, context: RuleContext): Transformed<NodePlan>;
}

/** What rules know beside the plan. */
export interface RuleContext {
  readonly identities: Identities;
  /** Cached texts by node signature; empty until the look-ups are answered. */
  readonly cachedTexts: ReadonlyMap<string, string>;
}

/** How many names a note spells out; the rest are counted. */
const NAMES_MAX = 6;

/** "3 operators: a, b, c" for notes. */
export function listNames(noun: string, names: readonly string[]): string {
  const shown = names.slice(0, NAMES_MAX).join(', ');
  const more = names.length > NAMES_MAX ? ` and ${names.length - NAMES_MAX} more` : '';
  return `${counted(names.length, noun)}: ${shown}${more}`;
}

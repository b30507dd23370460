import { CallNames } from './call-names.ts';
import type { ExplainedPlan, Section } from './explained-plan.ts';
import { sayInShort } from './in-short.ts';
import { outlinePlan } from './plan-outline.ts';
import { outlineRules } from './rule-outline.ts';
import { outlineSchedule } from './schedule-outline.ts';
import { outlineTree } from './tree-outline.ts';

/**
 * A plan explained to a newcomer: in short, the plan, the rules, and per model the tree of prompts and
 * the schedule. What is alike is shown once, lines fit a terminal, and what is left out is counted.
 */
export function explainBriefly(explained: ExplainedPlan): readonly Section[] {
  const { submitted, plan, named, steps, pools, isNaive } = explained;
  const names = new CallNames(named, submitted);
  return [
    { title: 'In short', text: sayInShort(explained, names) },
    { title: 'The plan', text: outlinePlan(submitted, plan) },
    { title: 'What the rules did', text: outlineRules(submitted, steps) },
    ...pools.flatMap((pool) => {
      const of = pools.length === 1 ? '' : ` of "${pool.model}"`;
      const schedule = isNaive
        ? 'One call at a time, in the order of the plan, row by row.\n'
        : outlineSchedule(pool, names);
      return [
        { title: `The radix tree${of}`, text: outlineTree(pool, names) },
        { title: `The schedule${of}`, text: schedule },
      ];
    }),
  ];
}

import type { LogicalRule, PhysicalRule } from './rule.ts';
import { eliminateDeadNode } from './rules/eliminate-dead-node.ts';
import { eliminateDeadOperator } from './rules/eliminate-dead-operator.ts';
import { foldConstant } from './rules/fold-constant.ts';
import { foldKnownNode } from './rules/fold-known-node.ts';
import { mergeCommonOperator } from './rules/merge-common-operator.ts';
import { mergeEqualNode } from './rules/merge-equal-node.ts';
import { sinkIntoBranch } from './rules/sink-into-branch.ts';
import { substituteCachedOperator } from './rules/substitute-cached-operator.ts';

/** Rules over operators, in order. Pruning comes first: nothing is spent on what is not needed. */
export const LOGICAL_RULES: readonly LogicalRule[] = [
  eliminateDeadOperator,
  foldConstant,
  // After folding: constants in place make operators equal that were written differently.
  mergeCommonOperator,
  // After merging: what two operators need is not one branch's alone.
  sinkIntoBranch,
];

/** Rules over nodes, in order. */
export const PHYSICAL_RULES: readonly PhysicalRule[] = [
  // First: hits decide what there is to fold, merge and drop. Without hits it changes nothing.
  substituteCachedOperator,
  foldKnownNode,
  mergeEqualNode,
  // Last: the others leave nodes behind.
  eliminateDeadNode,
];

/** Every rule, in the order of use. */
export const RULES: readonly (LogicalRule | PhysicalRule)[] = [...LOGICAL_RULES, ...PHYSICAL_RULES];

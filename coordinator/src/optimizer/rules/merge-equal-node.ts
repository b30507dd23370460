import { counted } from '../../plan/index.ts';
import { keepAll, rebuildNodes } from '../rebuild-nodes.ts';
import type { PhysicalRule } from '../rule.ts';

/**
 * Looks for nodes with equal signatures: their texts are equal whatever runs, though their
 * operators or rows differ. The first answers for the others. Finds what merge-common-operator
 * cannot, since it sees the values of rows; prompts that turn out equal only while the run runs are
 * left to the dispatcher.
 */
export const mergeEqualNode: PhysicalRule = {
  name: 'merge-equal-node',
  stage: 'physical',
  description: 'Lets one of several nodes with equal inputs answer for all of them.',
  apply(plan) {
    const keepers = new Map<string, number>();
    const targets = keepAll(plan);
    let merged = 0;
    let mergedCalls = 0;
    for (const [i, node] of plan.nodes.entries()) {
      if (node.signature === undefined) continue;
      const keeper = keepers.get(node.signature);
      if (keeper === undefined) {
        keepers.set(node.signature, i);
      } else {
        targets[i] = keeper;
        merged += 1;
        if (node.action.kind === 'call') mergedCalls += 1;
      }
    }
    if (merged === 0) return { changed: false, plan };
    const text = `merged ${counted(merged, 'node')} (${counted(mergedCalls, 'call')})`;
    return { changed: true, plan: rebuildNodes(plan, targets), text };
  },
};

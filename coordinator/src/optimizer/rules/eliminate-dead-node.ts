import { counted } from '../../plan/index.ts';
import { keepAll, rebuildNodes } from '../rebuild-nodes.ts';
import type { PhysicalRule } from '../rule.ts';

/**
 * Looks for nodes that no output needs and drops them: what a cached result stands on, and what
 * fold-known-node has written into others. The LLM instances of dropped calls count as pruned.
 */
export const eliminateDeadNode: PhysicalRule = {
  name: 'eliminate-dead-node',
  stage: 'physical',
  description: 'Drops nodes that no output needs.',
  apply(plan) {
    const targets = keepAll(plan);
    const needed = new Uint8Array(plan.nodes.length);
    for (const output of plan.outputs) needed[output.node] = 1;
    let dropped = 0;
    let droppedCalls = 0;
    for (let i = plan.nodes.length - 1; i >= 0; i--) {
      const node = plan.nodes[i]!;
      if (needed[i] === 1) {
        for (const input of node.inputs) needed[input] = 1;
      } else {
        targets[i] = -1;
        dropped += 1;
        if (node.action.kind === 'call') droppedCalls += 1;
      }
    }
    if (dropped === 0) return { changed: false, plan };
    const text = `dropped ${counted(dropped, 'node')} (${counted(droppedCalls, 'call')})`;
    return { changed: true, plan: rebuildNodes(plan, targets), text };
  },
};

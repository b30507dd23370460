import { counted, countPlan, type PlannedNode } from '../../plan/index.ts';
import type { PhysicalRule } from '../rule.ts';

/**
 * Looks, from the outputs downwards, for nodes whose text the prompt cache knows, and puts it in
 * their place. What only they needed is never looked at, so an upper hit spares everything below
 * it; eliminate-dead-node drops that afterwards.
 */
export const substituteCachedOperator: PhysicalRule = {
  name: 'substitute-cached-operator',
  stage: 'physical',
  description: 'Takes texts from the prompt cache instead of computing them.',
  apply(plan, { cachedTexts }) {
    const needed = new Uint8Array(plan.nodes.length);
    for (const output of plan.outputs) needed[output.node] = 1;
    const nodes = [...plan.nodes];
    let hits = 0;
    let callHits = 0;
    for (let i = nodes.length - 1; i >= 0; i--) {
      if (needed[i] === 0) continue;
      const node = nodes[i]!;
      const text = cachedText(node, cachedTexts);
      if (text === undefined) {
        for (const input of node.inputs) needed[input] = 1;
      } else {
        hits += 1;
        if (node.action.kind === 'call') callHits += 1;
        nodes[i] = { ...node, action: { kind: 'value', text, source: 'prompt-cache' }, inputs: [] };
      }
    }
    if (hits === 0) return { changed: false, plan };
    const taken = `${counted(hits, 'text')} from the prompt cache (${counted(callHits, 'call')})`;
    return {
      changed: true,
      plan: { ...plan, nodes, counts: countPlan(nodes, plan.gone) },
      text: `took ${taken}`,
    };
  },
};

function cachedText(
  node: PlannedNode,
  cachedTexts: ReadonlyMap<string, string>,
): string | undefined {
  if (node.signature === undefined || node.action.kind === 'value') return undefined;
  return cachedTexts.get(node.signature);
}

import {
  type Answer,
  type Bindings,
  callInstances,
  countPlan,
  type GoneCounts,
  type NodePlan,
  type PlannedNode,
} from '../plan/index.ts';

/**
 * Where each node of a plan goes: its own number to stay, a smaller one to be merged into it, -1 to
 * be dropped.
 */
export type NodeTargets = Int32Array;

/** The identity: every node stays. */
export function keepAll(plan: NodePlan): NodeTargets {
  return Int32Array.from(plan.nodes, (_, i) => i);
}

/**
 * Renumbers a plan after nodes were merged and dropped: bindings, inputs and outputs follow, merged
 * nodes hand on what they answer, the fates of dropped LLM instances are kept in `gone`. A target
 * must stay itself; nothing that stays may refer to what is dropped.
 */
export function rebuildNodes(plan: NodePlan, targets: NodeTargets): NodePlan {
  const numbers = new Int32Array(plan.nodes.length).fill(-1);
  const answers: Answer[][] = [];
  const kept: PlannedNode[] = [];
  let gone = plan.gone;
  for (const [i, node] of plan.nodes.entries()) {
    const target = targets[i]!;
    if (target === -1) {
      gone = settle(node, gone);
    } else if (target === i) {
      numbers[i] = kept.length;
      kept.push(node);
      answers.push([...node.answers]);
    } else {
      numbers[i] = numbers[target]!;
      answers[numbers[target]!]!.push(...node.answers);
    }
  }
  const nodes = kept.map((node, i) => renumber(node, numbers, answers[i]!));
  const outputs = plan.outputs.map((output) => ({ ...output, node: numbers[output.node]! }));
  return { nodes, outputs, rowCount: plan.rowCount, gone, counts: countPlan(nodes, gone) };
}

/**
 * A dropped hit was needed when it answered, so its fate stands; any other dropped node is pruned.
 */
function settle(node: PlannedNode, gone: GoneCounts): GoneCounts {
  const instances = callInstances(node);
  if (instances === 0) return gone;
  if (node.action.kind !== 'value') return { ...gone, pruned: gone.pruned + instances };
  return { ...gone, merged: gone.merged + instances - 1, cached: gone.cached + 1 };
}

function renumber(node: PlannedNode, numbers: Int32Array, answers: readonly Answer[]): PlannedNode {
  const isMerged = answers.length > node.answers.length;
  return {
    ...node,
    action:
      node.action.kind === 'value'
        ? node.action
        : ({
            ...node.action,
            bindings: rebind(node.action.bindings, numbers),
          } as PlannedNode['action']),
    inputs: ascending(node.inputs.map((input) => numbers[input]!)),
    rows: isMerged ? ascending(answers.flatMap((answer) => answer.rows)) : node.rows,
    answers: isMerged ? joinAnswers(answers) : node.answers,
  };
}

function rebind(bindings: Bindings, numbers: Int32Array): Bindings {
  return new Map([...bindings].map(([id, node]) => [id, numbers[node]!]));
}

/** One entry per operator, in the order they came. */
function joinAnswers(answers: readonly Answer[]): readonly Answer[] {
  const joined = new Map<string, Answer>();
  for (const answer of answers) {
    const known = joined.get(answer.operator);
    const rows = known === undefined ? answer.rows : ascending([...known.rows, ...answer.rows]);
    joined.set(answer.operator, { ...answer, rows });
  }
  return [...joined.values()];
}

function ascending(numbers: readonly number[]): readonly number[] {
  return [...new Set(numbers)].sort((a, b) => a - b);
}

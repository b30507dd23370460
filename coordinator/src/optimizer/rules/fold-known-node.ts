import {
  counted,
  type FormatOperator,
  type NodeAction,
  type NodePlan,
  type PlannedNode,
  RENDERED_CHARACTERS_MAX,
  renderSegments,
} from '../../plan/index.ts';
import type { PhysicalRule } from '../rule.ts';

/**
 * UTF-16 units of all texts that were put together: a plan must not outgrow memory for being known. What
 * does not fit is put together when it is needed.
 */
const FOLDED_CHARACTERS_MAX = 16 * RENDERED_CHARACTERS_MAX;

/**
 * Looks for formats of texts that are known already, from rows or from prompt-cache hits, and puts
 * the text in their place. Cooperates with substitute-cached-operator, which makes texts known, and
 * with eliminate-dead-node, which drops what was only needed to make them.
 */
export const foldKnownNode: PhysicalRule = {
  name: 'fold-known-node',
  stage: 'physical',
  description: 'Puts together texts whose parts are all known.',
  apply(plan) {
    const nodes: PlannedNode[] = [];
    let folded = 0;
    let budget = FOLDED_CHARACTERS_MAX - foldedCharacters(plan);
    for (const node of plan.nodes) {
      const text = knownText(node, nodes, budget);
      if (text === undefined) {
        nodes.push(node);
        continue;
      }
      budget -= text.length;
      folded += 1;
      nodes.push({ ...node, action: { kind: 'value', text, source: 'plan' }, inputs: [] });
    }
    if (folded === 0) return { changed: false, plan };
    const text = `put together ${counted(folded, 'text')}`;
    return { changed: true, plan: { ...plan, nodes }, text };
  },
};

/** Of the texts that earlier applications put together. */
function foldedCharacters({ nodes }: NodePlan): number {
  let characters = 0;
  for (const { action, answers } of nodes) {
    if (action.kind === 'value' && answers[0]?.kind === 'format') characters += action.text.length;
  }
  return characters;
}

function knownText(
  node: PlannedNode,
  before: NodePlan['nodes'],
  budget: number,
): string | undefined {
  const { action } = node;
  if (action.kind !== 'evaluate' || action.operator.kind !== 'format') return undefined;
  const textOf = (number: number) => textOfAction(before[number]!.action);
  if (node.inputs.some((input) => textOf(input) === undefined)) return undefined;
  const size = renderedSize(action.operator, (id) => textOf(action.bindings.get(id)!)!.length);
  if (size > Math.min(RENDERED_CHARACTERS_MAX, budget)) return undefined;
  return renderSegments(action.operator.content, action.bindings, textOf);
}

function textOfAction(action: NodeAction): string | undefined {
  return action.kind === 'value' ? action.text : undefined;
}

function renderedSize(
  operator: FormatOperator,
  lengthOf: (id: FormatOperator['id']) => number,
): number {
  let size = 0;
  for (const segment of operator.content) {
    size += segment.kind === 'text' ? segment.text.length : lengthOf(segment.operator);
  }
  return size;
}

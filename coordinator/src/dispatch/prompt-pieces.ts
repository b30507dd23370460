import { invariant } from '@helium/shared';
import type { ContentSegment, SegmentedMessage } from '@helium/shared/tokenizer';
import type { Bindings, PhysicalPlan, Segment } from '../plan/index.ts';

/**
 * The messages of a call node as far as they are known: texts spelled out, formats opened up, and a hole
 * numbered by its node for every text that is made later.
 */
export function segmentedMessages(plan: PhysicalPlan, node: number): SegmentedMessage[] {
  const action = plan.nodes[node]?.action;
  invariant(action?.kind === 'call', `node ${node} is no call`);
  return action.operator.messages.map(({ role, content }) => ({
    role,
    content: openSegments(plan, content, action.bindings),
  }));
}

/** The call nodes whose ends this node waits for, through whatever lies between; ascending. */
export function callsBefore(plan: PhysicalPlan, node: number): number[] {
  const found = new Set<number>();
  const seen = new Set<number>();
  const pending = [...(plan.nodes[node]?.inputs ?? [])];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    const input = plan.nodes[next];
    if (input?.action.kind === 'call') found.add(next);
    else pending.push(...(input?.inputs ?? []));
  }
  return [...found].sort((a, b) => a - b);
}

function openSegments(
  plan: PhysicalPlan,
  segments: readonly Segment[],
  bindings: Bindings,
): ContentSegment[] {
  return segments.flatMap((segment): ContentSegment[] => {
    if (segment.kind === 'text') return [{ text: segment.text }];
    const node = bindings.get(segment.operator);
    const action = node === undefined ? undefined : plan.nodes[node]?.action;
    invariant(node !== undefined && action, `reference to "${segment.operator}" is not bound`);
    if (action.kind === 'value') return [{ text: action.text }];
    if (action.kind === 'evaluate' && action.operator.kind === 'format') {
      return openSegments(plan, action.operator.content, action.bindings);
    }
    return [{ hole: node }];
  });
}

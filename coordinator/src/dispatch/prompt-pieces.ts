import { invariant } from '@helium/shared';
import type { ContentSegment, SegmentedMessage } from '@helium/shared/tokenizer';
import type { Bindings, PhysicalNode, Segment } from '../plan/index.ts';

/** The node of a number, as those who read its text see it. */
export type NodeLookup = (node: number) => PhysicalNode | undefined;

/**
 * The messages of a call node as far as they are known: texts spelled out, formats opened up, and a hole
 * numbered by its node for every text that is made later.
 */
export function segmentedMessages(nodeOf: NodeLookup, node: number): SegmentedMessage[] {
  const action = nodeOf(node)?.action;
  invariant(action?.kind === 'call', `node ${node} is no call`);
  return action.operator.messages.map(({ role, content }) => ({
    role,
    content: openSegments(nodeOf, content, action.bindings),
  }));
}

/** The call nodes whose ends this node waits for, through whatever lies between; ascending. */
export function callsBefore(nodeOf: NodeLookup, node: number): number[] {
  const found = new Set<number>();
  const seen = new Set<number>();
  const pending = [...(nodeOf(node)?.inputs ?? [])];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    const input = nodeOf(next);
    if (input?.action.kind === 'call') found.add(next);
    else pending.push(...(input?.inputs ?? []));
  }
  return [...found].sort((a, b) => a - b);
}

function openSegments(
  nodeOf: NodeLookup,
  segments: readonly Segment[],
  bindings: Bindings,
): ContentSegment[] {
  return segments.flatMap((segment): ContentSegment[] => {
    if (segment.kind === 'text') return [{ text: segment.text }];
    const node = bindings.get(segment.operator);
    const action = node === undefined ? undefined : nodeOf(node)?.action;
    invariant(node !== undefined && action, `reference to "${segment.operator}" is not bound`);
    if (action.kind === 'value') return [{ text: action.text }];
    if (action.kind === 'evaluate' && action.operator.kind === 'format') {
      return openSegments(nodeOf, action.operator.content, action.bindings);
    }
    return [{ hole: node }];
  });
}

import { invariant } from '@helium/shared';
import type { ContentSegment, SegmentedMessage } from '@helium/shared/tokenizer';
import {
  type Bindings,
  type PhysicalNode,
  RENDERED_CHARACTERS_MAX,
  type Segment,
} from '../plan/index.ts';

/** Segments of one message that are looked at before formats stay closed. */
const LOOKS_MAX = 32_768;

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

/**
 * One after the other, without recursion: formats of formats are as deep as there are operators, and where each
 * holds another twice they hold more pieces than fit anywhere. Beyond the limits what is known stays a hole.
 */
function openSegments(
  nodeOf: NodeLookup,
  segments: readonly Segment[],
  bindings: Bindings,
): ContentSegment[] {
  const opened: ContentSegment[] = [];
  const open = [{ segments, bindings, next: 0 }];
  let looks = 0;
  let characters = 0;
  const spell = (text: string) => {
    characters += text.length;
    opened.push({ text });
  };
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    const segment = top.segments[top.next++];
    looks += 1;
    if (segment === undefined) {
      open.pop();
      continue;
    }
    if (segment.kind === 'text') {
      spell(segment.text);
      continue;
    }
    const node = top.bindings.get(segment.operator);
    const action = node === undefined ? undefined : nodeOf(node)?.action;
    invariant(node !== undefined && action, `reference to "${segment.operator}" is not bound`);
    const isFull = looks > LOOKS_MAX || characters > RENDERED_CHARACTERS_MAX;
    if (!isFull && action.kind === 'value') {
      spell(action.text);
    } else if (!isFull && action.kind === 'evaluate' && action.operator.kind === 'format') {
      open.push({ segments: action.operator.content, bindings: action.bindings, next: 0 });
    } else {
      opened.push({ hole: node });
    }
  }
  return opened;
}

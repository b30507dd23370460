import type { InstanceIndex } from '@helium/coordinator/scheduler';
import type { Batch } from './shape.ts';

/** Nodes of the static starts of prompts, parents first, each with the operators whose prompts pass it. */
export function staticPrefixes(
  { instance, staticSegments }: Batch,
  { trie }: InstanceIndex,
): ReadonlyMap<number, ReadonlySet<number>> {
  const found = new Map<number, Set<number>>();
  for (const [call, { prompt, op }] of instance.calls.entries()) {
    for (const [place, item] of prompt.entries()) {
      if (item < 0 || item >= staticSegments) break;
      const node = trie.paths[call]![place]!;
      const operators = found.get(node);
      if (operators === undefined) found.set(node, new Set([op]));
      else operators.add(op);
    }
  }
  return new Map([...found].sort(([a], [b]) => a - b));
}

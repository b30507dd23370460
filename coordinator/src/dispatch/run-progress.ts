import type { PlannedNode } from '../plan/index.ts';
import type { OperatorProgress } from './run-port.ts';

/** The operators of these nodes, in plan order, with their calls to come. */
export function progressOf(nodes: readonly PlannedNode[]): OperatorProgress[] {
  const progress = new Map<string, { kind: string; calls: number; cached: number }>();
  for (const { operator, answers, action } of nodes) {
    const kind = answers[0]?.kind ?? action.kind;
    const entry = progress.get(operator) ?? {
      kind: kind === 'each' ? 'map' : kind,
      calls: 0,
      cached: 0,
    };
    entry.calls += 1;
    if (action.kind === 'value' && action.source === 'prompt-cache') entry.cached += 1;
    progress.set(operator, entry);
  }
  return [...progress].map(([operator, entry]) => ({ operator, ...entry }));
}

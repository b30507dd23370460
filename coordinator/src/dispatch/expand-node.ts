import { invariant, type OperatorId } from '@helium/shared';
import { nodeKey } from '../journal/index.ts';
import { instanceRows, placeExpansion, prepareRun, substituteHits } from '../optimizer/index.ts';
import {
  type Expansion,
  expandOperator,
  knownTexts,
  type NodePlan,
  type PlannedNode,
} from '../plan/index.ts';
import type { ExpandedNode } from './core/core-event.ts';
import type { GrowingPlan, GrownCalls } from './growing-plan.ts';
import {
  type AcceptedRun,
  cacheKeysOf,
  derivationKeys,
  lookUp,
  type PlanningParts,
  prepareOptions,
} from './plan-run.ts';
import { progressOf } from './run-progress.ts';

/** An expansion planned, not yet in its place. */
export interface PlannedExpansion {
  /** What the prompt cache had of it. */
  readonly hits: ReadonlyMap<string, string>;
  readonly outcome: Expansion['outcome'];
  readonly plan: NodePlan;
}

/**
 * Plans what a node becomes, by the rules and in the way of any plan: one round trip to the prompt
 * cache. Throws as `expandOperator` does.
 */
export async function planExpansion(
  run: AcceptedRun,
  node: PlannedNode,
  texts: ReadonlyMap<OperatorId, string>,
  parts: PlanningParts,
): Promise<PlannedExpansion> {
  const { outcome, plan: logical } = expansionOf(node, texts);
  const options = prepareOptions({ ...run, logical }, parts);
  const prepared = prepareRun(logical, options);
  const keys = prepared.lookups.flatMap((lookup) => lookup.keys);
  const hits =
    run.past?.expansions.get(nodeKey(node.operator, node.rows[0])) ??
    (await lookUp(run, keys, parts));
  return { hits, outcome, plan: substituteHits(prepared, hits).plan };
}

function expansionOf(node: PlannedNode, texts: ReadonlyMap<OperatorId, string>): Expansion {
  const { action, operator } = node;
  invariant(action.kind === 'expand', `"${operator}" is not to be expanded`);
  return expandOperator(action.operator, knownTexts(texts), instanceRows(node).length);
}

/** What the outcome teaches of the operator, for the next plans: nothing where it is not final. */
export function shapeOf(outcome: PlannedExpansion['outcome']): number | undefined {
  switch (outcome.kind) {
    case 'map':
      return outcome.items + outcome.dropped;
    case 'cond':
      return outcome.branch === 'yes' ? 1 : 0;
    case 'ended':
      return outcome.turns;
    case 'turn':
      return undefined;
  }
}

/** Puts a planned expansion behind the run's other nodes. */
export function installExpansion(
  run: AcceptedRun,
  growing: GrowingPlan,
  number: number,
  { outcome, plan }: PlannedExpansion,
): { readonly expanded: ExpandedNode; readonly grown: GrownCalls } {
  const first = growing.size;
  const placed = placeExpansion(plan, growing.node(number), first);
  const grown = growing.expand(number, placed);
  const { nodes, result, counts } = placed;
  const expanded = {
    outcome,
    first,
    nodes,
    result,
    counts,
    operators: progressOf(nodes),
    derivationKeys: derivationKeys(nodes, cacheKeysOf(run), first),
  };
  return { expanded, grown };
}

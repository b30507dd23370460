import { type OperatorId, operatorId } from '@helium/shared';
import { createCacheKeys } from '../../cache/cache-key.ts';
import { isComputed, placeExpansion, prepareRun, substituteHits } from '../../optimizer/index.ts';
import {
  expandOperator,
  type Identities,
  knownTexts,
  operatorsWithin,
  type PhysicalNode,
  type PlannedNode,
} from '../../plan/index.ts';
import type { ExpandedNode, PlannedRun } from './core-event.ts';
import { identityOf } from './identity-of.fixture.ts';

/** What the shell makes of `expandNode`, without waiting for anything. */
export function expandForTest(
  { options, tenant }: PlannedRun,
  nodes: readonly PhysicalNode[],
  number: number,
  texts: ReadonlyMap<OperatorId, string>,
  cache: ReadonlyMap<string, string>,
): ExpandedNode {
  const node = nodes[number];
  if (node?.action.kind !== 'expand') throw new Error(`node ${number} is not to be expanded`);
  const { operator } = node.action;
  const { outcome, plan } = expandOperator(operator, knownTexts(texts), 1);
  const usesCache = options.usePromptCache && !options.naive;
  const cacheKeys = createCacheKeys(tenant);
  const prepared = prepareRun(plan, {
    naive: options.naive,
    disabledRules: options.disabledRules,
    identities: identitiesOf(operator),
    ...(usesCache ? { cacheKeys } : {}),
  });
  const planned = substituteHits(prepared, cache).plan;
  const answers = [{ operator: operatorId(node.operator), kind: operator.kind, rows: node.rows }];
  const expanded: PlannedNode = { ...node, answers };
  const placed = placeExpansion(planned, expanded, nodes.length);
  const derivationKeys = new Map(
    placed.nodes.flatMap((each, i) =>
      isComputed(each) && each.signature !== undefined && usesCache
        ? [[nodes.length + i, cacheKeys.derivation(each.signature)] as const]
        : [],
    ),
  );
  return { outcome, first: nodes.length, operators: [], ...placed, derivationKeys };
}

function identitiesOf(operator: Parameters<typeof operatorsWithin>[0]): Identities {
  const models = operatorsWithin(operator).flatMap((each) =>
    each.kind === 'llm' ? [[each.model, identityOf('w', each.model, 1).modelDigest] as const] : [],
  );
  return { models: new Map(models), functions: new Map() };
}

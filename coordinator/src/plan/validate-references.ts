import type { OperatorId } from '@helium/shared';
import { sampledOperator, sampleIds } from './expand-samples.ts';
import type { FaultList } from './fault-list.ts';
import type { MapOperator, Operator } from './operator.ts';
import { segmentLists } from './references.ts';
import { orderByDependency } from './topology.ts';
import { refuse } from './validate-operator.ts';

/** A place where ids can be referred to: the workflow, or the body of a map within it. */
interface Scope {
  readonly parent: Scope | undefined;
  /** Undefined stands for the item of a map. */
  readonly names: ReadonlyMap<OperatorId, Operator | undefined>;
}

interface ReferenceCheck {
  readonly faults: FaultList;
  /** By id of an operator within a map: that map's id. */
  readonly homes: ReadonlyMap<OperatorId, OperatorId>;
}

/**
 * Records references that dangle, point into a map from outside or at an output, and cycles, each
 * named from member to member.
 */
export function validateReferences(operators: readonly Operator[], faults: FaultList): void {
  const homes = new Map<OperatorId, OperatorId>();
  collectHomes(operators, homes);
  checkScope(operators, 'operators', scopeOf(operators, undefined), { faults, homes });
}

function checkScope(
  operators: readonly Operator[],
  at: string,
  scope: Scope,
  check: ReferenceCheck,
): void {
  for (const [i, operator] of operators.entries()) {
    const place = { faults: check.faults, at: `${at}[${i}]` };
    for (const { path, target } of ownReferences(operator)) {
      const problem = problemOf(target, scope, check.homes);
      if (problem !== undefined) refuse(operator, path, problem, place);
    }
    if (operator.kind === 'map') {
      const inner = scopeOf(operator.body, { parent: scope, item: operator.item });
      if (!operator.body.some((member) => member.id === operator.result)) {
        const message = `result "${operator.result}" is not an operator of the body`;
        refuse(operator, 'result', message, place);
      }
      checkScope(operator.body, `${place.at}.body`, inner, check);
    }
  }
  checkCycles(operators, at, check.faults);
}

function checkCycles(operators: readonly Operator[], at: string, faults: FaultList): void {
  const byId = new Map(operators.map((operator) => [operator.id, operator]));
  const dependenciesOf = (id: OperatorId) => allReferences(byId.get(id)!);
  const { cycles } = orderByDependency([...byId.keys()], dependenciesOf);
  for (const cycle of cycles) {
    const index = operators.findIndex((operator) => operator.id === cycle[0]);
    faults.add(
      'WORKFLOW_INVALID',
      `${at}[${index}]`,
      `operators form a cycle: ${cycle.join(' → ')}`,
    );
  }
}

function problemOf(
  target: OperatorId,
  scope: Scope,
  homes: ReadonlyMap<OperatorId, OperatorId>,
): string | undefined {
  for (let place: Scope | undefined = scope; place !== undefined; place = place.parent) {
    if (!place.names.has(target)) continue;
    const found = place.names.get(target);
    if (found?.kind !== 'output') return undefined;
    return `refers to output "${target}"; refer to its value "${found.value}"`;
  }
  const home = homes.get(target);
  if (home !== undefined) return `refers to "${target}" inside map "${home}"; refer to the map`;
  return `refers to "${target}", which is not in the workflow`;
}

function scopeOf(
  operators: readonly Operator[],
  within: { readonly parent: Scope; readonly item: OperatorId } | undefined,
): Scope {
  const names = new Map<OperatorId, Operator | undefined>();
  if (within !== undefined) names.set(within.item, undefined);
  for (const operator of operators) {
    for (const id of [operator.id, ...sampleIds(operator)]) names.set(id, operator);
  }
  return { parent: within?.parent, names };
}

function ownReferences(operator: Operator): readonly { path: string; target: OperatorId }[] {
  switch (operator.kind) {
    case 'output':
      return [{ path: 'value', target: operator.value }];
    case 'llm':
      return segmentReferences(operator, (i) => `messages[${i}].content`);
    case 'format':
      return segmentReferences(operator, () => 'content');
    case 'fn':
      return segmentReferences(operator, (i) => `args[${i}].value`);
    default:
      return [];
  }
}

function segmentReferences(
  operator: Extract<Operator, { kind: 'llm' | 'format' | 'fn' }>,
  pathOf: (list: number) => string,
): readonly { path: string; target: OperatorId }[] {
  return segmentLists(operator).flatMap((segments, list) =>
    segments.flatMap((segment, i) => {
      if (segment.kind === 'text') return [];
      return [{ path: `${pathOf(list)}[${i}]`, target: segment.operator }];
    }),
  );
}

/** What an operator needs, a map's body included. */
function allReferences(operator: Operator): readonly OperatorId[] {
  const own = ownReferences(operator).map((reference) => sampledOperator(reference.target));
  return operator.kind === 'map' ? operator.body.flatMap(allReferences) : own;
}

function collectHomes(operators: readonly Operator[], homes: Map<OperatorId, OperatorId>): void {
  for (const map of operators.filter(
    (operator): operator is MapOperator => operator.kind === 'map',
  )) {
    homes.set(map.item, map.id);
    for (const member of map.body) homes.set(member.id, map.id);
    collectHomes(map.body, homes);
  }
}

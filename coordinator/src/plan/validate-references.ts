import type { OperatorId } from '@helium/shared';
import { counted } from './counted.ts';
import { sampledOperator, sampleIds } from './expand-samples.ts';
import type { FaultList } from './fault-list.ts';
import { innerScopes } from './inner-scopes.ts';
import { nearMiss } from './near-miss.ts';
import type { Operator, Segment } from './operator.ts';
import { orderByDependency } from './topology.ts';
import { refuse } from './validate-operator.ts';

/** A place where ids can be referred to: the workflow, or a body within it. */
interface Scope {
  readonly parent: Scope | undefined;
  /** Undefined stands for what is no operator: an item, a variable. */
  readonly names: ReadonlyMap<OperatorId, Operator | undefined>;
}

interface ReferenceCheck {
  readonly faults: FaultList;
  /** By id within a body: the operator whose body it is. */
  readonly homes: ReadonlyMap<OperatorId, Operator>;
  /** Ids that are yet to be told what they were meant to be: each costs a look at all that are there. */
  hintsLeft: number;
}

/** As many as faults are listed. */
const HINTS_MAX = 100;

/** Ids of one cycle that are written out; even. */
const CYCLE_IDS_MAX = 20;

interface Reference {
  readonly path: string;
  readonly target: OperatorId;
}

/**
 * Records references that dangle, point into a body from outside or at an output, and cycles, each
 * named from member to member.
 */
export function validateReferences(operators: readonly Operator[], faults: FaultList): void {
  const homes = new Map<OperatorId, Operator>();
  collectHomes(operators, homes);
  const scope = { parent: undefined, names: namesOf(operators) };
  checkScope(operators, 'operators', scope, { faults, homes, hintsLeft: HINTS_MAX });
}

function checkScope(
  operators: readonly Operator[],
  at: string,
  scope: Scope,
  check: ReferenceCheck,
): void {
  for (const [i, operator] of operators.entries()) {
    const place = { faults: check.faults, at: `${at}[${i}]` };
    const checkAll = (references: readonly Reference[], within: Scope) => {
      for (const { path, target } of references) {
        const problem = problemOf(target, within, check);
        if (problem !== undefined) refuse(operator, path, problem, place);
      }
    };
    checkAll(ownReferences(operator), scope);
    checkMapResult(operator, place);
    for (const inner of innerScopes(operator)) {
      const names = namesOf(inner.operators);
      for (const { id } of inner.scoped) names.set(id, undefined);
      const within = { parent: scope, names };
      for (const { path, segments } of inner.texts) checkAll(referencesIn(segments, path), within);
      checkScope(inner.operators, `${place.at}.${inner.path}`, within, check);
    }
  }
  checkCycles(operators, at, check.faults);
}

/** The copies of a map over a known list have results of their own only. */
function checkMapResult(operator: Operator, place: Parameters<typeof refuse>[3]): void {
  if (operator.kind !== 'map') return;
  if (operator.body.some((member) => member.id === operator.result)) return;
  const message = `result "${operator.result}" is not an operator of the body`;
  refuse(operator, 'result', message, place);
}

function checkCycles(operators: readonly Operator[], at: string, faults: FaultList): void {
  const byId = new Map(operators.map((operator) => [operator.id, operator]));
  const dependenciesOf = (id: OperatorId) => allReferences(byId.get(id)!);
  const { cycles, moreCycles } = orderByDependency([...byId.keys()], dependenciesOf);
  for (const cycle of cycles) {
    const index = operators.findIndex((operator) => operator.id === cycle[0]);
    const message = `operators form a cycle: ${printCycle(cycle)}`;
    faults.add('WORKFLOW_INVALID', `${at}[${index}]`, message);
  }
  if (moreCycles === 0) return;
  const message = `operators form ${counted(moreCycles, 'more cycle')}`;
  faults.add('WORKFLOW_INVALID', at, message, moreCycles);
}

/** A long one by its ends. */
function printCycle(cycle: readonly OperatorId[]): string {
  const left = cycle.length - CYCLE_IDS_MAX;
  if (left <= 1) return cycle.join(' → ');
  const [start, end] = [cycle.slice(0, CYCLE_IDS_MAX / 2), cycle.slice(-CYCLE_IDS_MAX / 2)];
  return [...start, `(${left} more)`, ...end].join(' → ');
}

function problemOf(target: OperatorId, scope: Scope, check: ReferenceCheck): string | undefined {
  for (let place: Scope | undefined = scope; place !== undefined; place = place.parent) {
    if (!place.names.has(target)) continue;
    const found = place.names.get(target);
    if (found?.kind !== 'output') return undefined;
    return `refers to output "${target}"; refer to its value "${found.value}"`;
  }
  const home = check.homes.get(target);
  if (home === undefined) {
    const hint = check.hintsLeft-- > 0 ? hintFor(target, scope) : '';
    return `refers to "${target}", which is not in the workflow${hint}`;
  }
  const kind = home.kind === 'each' ? 'map' : home.kind;
  return `refers to "${target}" inside ${kind} "${home.id}"; refer to the ${kind}`;
}

function hintFor(target: OperatorId, scope: Scope): string {
  const meant = nearMiss(target, namesIn(scope));
  return meant === undefined ? '' : `; did you mean "${meant}"?`;
}

/** What can be referred to from there but samples, of which any is as near as another; the nearest scope first. */
function* namesIn(scope: Scope): Iterable<OperatorId> {
  for (let place: Scope | undefined = scope; place !== undefined; place = place.parent) {
    for (const [name, operator] of place.names) {
      if (operator?.kind !== 'output' && sampledOperator(name) === name) yield name;
    }
  }
}

function namesOf(operators: readonly Operator[]): Map<OperatorId, Operator | undefined> {
  return new Map(
    operators.flatMap((operator) =>
      [operator.id, ...sampleIds(operator)].map((id) => [id, operator] as const),
    ),
  );
}

/** What an operator reads of its own scope. */
function ownReferences(operator: Operator): readonly Reference[] {
  switch (operator.kind) {
    case 'output':
      return [{ path: 'value', target: operator.value }];
    case 'llm':
      return operator.messages.flatMap(({ content }, i) =>
        referencesIn(content, `messages[${i}].content`),
      );
    case 'format':
      return referencesIn(operator.content, 'content');
    case 'fn':
      return operator.args.flatMap(({ value }, i) => referencesIn(value, `args[${i}].value`));
    case 'each':
      return referencesIn(operator.list.text, 'list.text');
    case 'cond':
      return referencesIn(operator.predicate.text, 'predicate.text');
    case 'loop':
      return operator.variables.flatMap(({ first }, i) =>
        referencesIn(first, `variables[${i}].first`),
      );
    default:
      return [];
  }
}

function referencesIn(segments: readonly Segment[], path: string): readonly Reference[] {
  // A result is one id on the wire.
  const placeOf = (i: number) => (path.endsWith('result') ? path : `${path}[${i}]`);
  return segments.flatMap((segment, i) =>
    segment.kind === 'text' ? [] : [{ path: placeOf(i), target: segment.operator }],
  );
}

/** What an operator needs, its bodies included. */
function allReferences(operator: Operator): readonly OperatorId[] {
  const own = ownReferences(operator);
  const scopes = innerScopes(operator);
  const read = scopes.flatMap(({ texts }) =>
    texts.flatMap(({ segments, path }) => referencesIn(segments, path)),
  );
  const inner = scopes.flatMap(({ operators }) => operators.flatMap(allReferences));
  return [...[...own, ...read].map(({ target }) => sampledOperator(target)), ...inner];
}

function collectHomes(operators: readonly Operator[], homes: Map<OperatorId, Operator>): void {
  for (const operator of operators) {
    for (const { scoped, operators: members } of innerScopes(operator)) {
      for (const { id } of [...scoped, ...members]) homes.set(id, operator);
      collectHomes(members, homes);
    }
  }
}

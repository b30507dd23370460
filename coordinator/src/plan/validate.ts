import type { OperatorId } from '@helium/shared';
import { expandMaps } from './expand-map.ts';
import { FaultList } from './fault-list.ts';
import { allOperators, expandedCount, type InnerScope, innerScopes } from './inner-scopes.ts';
import { FIELD_LIMITS, type PlanLimits } from './limits.ts';
import { createLogicalPlan, type LogicalPlan, type PlanOperator } from './logical-plan.ts';
import type { MapOperator, Operator, OutputOperator, Row, Workflow } from './operator.ts';
import { mapOperators, referencesOf } from './references.ts';
import { orderByDependency } from './topology.ts';
import {
  loneSurrogate,
  type Offer,
  type OperatorCheck,
  refuse,
  validateDefaults,
  validateOperatorFields,
  validateSegments,
  validateText,
} from './validate-operator.ts';
import { validateReferences } from './validate-references.ts';
import { validateRows } from './validate-rows.ts';

const ID_PATTERN = /^[A-Za-z][A-Za-z0-9_.-]*$/;

/**
 * Turns a submission into a plan, or refuses it with every fault found, by operator and field.
 * Throws WORKFLOW_INVALID, ROWS_INVALID, TEXT_INVALID, FUNCTION_UNKNOWN or MODEL_NOT_SERVED (the
 * first of these that applies; the faults list all). Maps over known lists are expanded; an empty model
 * name becomes the only served one.
 */
export function validateWorkflow(
  workflow: Workflow,
  rows: readonly Row[],
  offer: Offer,
  limits: PlanLimits,
): LogicalPlan {
  const faults = new FaultList();
  validateWorkflowName(workflow.name, faults);
  const ids = new Map<OperatorId, string>();
  const { defaults } = workflow;
  const check = { faults, offer, limits };
  if (defaults !== undefined) validateDefaults(defaults, { ...check, at: 'defaults' });
  validateOperators(workflow.operators, 0, { ...check, at: 'operators', defaults }, ids);
  validateOutputs(workflow.operators, faults);
  validateReferences(workflow.operators, faults);
  validateSize(workflow, rows, limits, faults);
  validateRows(rows, inputFields(workflow.operators), limits, faults);
  faults.throwIfAny(`workflow "${workflow.name}"`);
  return planOf(workflow, rows, offer);
}

function planOf(workflow: Workflow, rows: readonly Row[], offer: Offer): LogicalPlan {
  const withModel = (operator: PlanOperator): PlanOperator =>
    operator.kind === 'llm' && operator.model === ''
      ? { ...operator, model: offer.models[0]! }
      : operator;
  const expanded = expandMaps(workflow.operators).map((operator) =>
    operator.kind === 'output' ? operator : mapOperators(operator, withModel),
  );
  const byId = new Map<OperatorId, PlanOperator>();
  const outputs: OutputOperator[] = [];
  for (const operator of expanded) {
    if (operator.kind === 'output') outputs.push(operator);
    else byId.set(operator.id, operator);
  }
  const { order } = orderByDependency([...byId.keys()], (id) => referencesOf(byId.get(id)!));
  return createLogicalPlan({
    name: workflow.name,
    operators: order.map((id) => byId.get(id)!),
    outputs: outputs.map(({ name, value }) => ({ name, value })),
    rows,
  });
}

function validateWorkflowName(name: string, faults: FaultList): void {
  const { nameCharactersMax } = FIELD_LIMITS;
  if (name.length > nameCharactersMax) {
    const message = `name has ${name.length} characters, takes up to ${nameCharactersMax}`;
    faults.add('WORKFLOW_INVALID', 'name', message);
  } else if (!name.isWellFormed()) {
    faults.add('TEXT_INVALID', 'name', loneSurrogate(name));
  }
}

function validateOperators(
  operators: readonly Operator[],
  depth: number,
  check: OperatorCheck,
  ids: Map<OperatorId, string>,
): void {
  for (const [i, operator] of operators.entries()) {
    const inner = { ...check, at: `${check.at}[${i}]` };
    validateId(operator.id, `${inner.at}.id`, check.faults, ids);
    validateOperatorFields(operator, inner);
    if (operator.kind === 'map') validateMap(operator, inner);
    validateScopes(operator, depth + 1, inner, ids);
    if (operator.kind === 'output' && depth > 0) {
      refuse(operator, 'kind', 'an output cannot be inside another operator; name that', inner);
    }
  }
}

function validateMap(map: MapOperator, check: OperatorCheck): void {
  const { mapItemsMax } = check.limits;
  if (map.items.length > mapItemsMax) {
    const message = `has ${map.items.length} items, mapItemsMax is ${mapItemsMax}`;
    refuse(map, 'items', message, check);
  }
  for (const [i, item] of map.items.entries()) validateText(item, `items[${i}]`, map, check);
}

function validateScopes(
  operator: Operator,
  depth: number,
  check: OperatorCheck,
  ids: Map<OperatorId, string>,
): void {
  const { bodyDepthMax } = check.limits;
  for (const scope of innerScopes(operator)) {
    for (const { path, id } of scope.scoped) {
      validateId(id, `${check.at}.${path}`, check.faults, ids);
    }
    validateScopeTexts(operator, scope, check);
    if (depth > bodyDepthMax) {
      const message = `bodies are nested ${depth} deep, bodyDepthMax is ${bodyDepthMax}`;
      refuse(operator, scope.path, message, check);
    } else {
      const at = `${check.at}.${scope.path}`;
      validateOperators(scope.operators, depth, { ...check, at }, ids);
    }
  }
}

function validateScopeTexts(operator: Operator, scope: InnerScope, check: OperatorCheck): void {
  for (const { path, segments } of scope.texts) {
    validateSegments(segments, path, operator, check);
    if (path.endsWith('result') && segments.length === 0) {
      refuse(operator, path, 'names no result', check);
    }
  }
}

function validateId(
  id: OperatorId,
  field: string,
  faults: FaultList,
  ids: Map<OperatorId, string>,
): void {
  const { nameCharactersMax } = FIELD_LIMITS;
  if (!ID_PATTERN.test(id) || id.length > nameCharactersMax) {
    const rule = `a letter, then letters, digits, "_", ".", "-"; up to ${nameCharactersMax}`;
    faults.add('WORKFLOW_INVALID', field, `id ${JSON.stringify(id)} is not ${rule}`);
  }
  const first = ids.get(id);
  if (first === undefined) ids.set(id, field);
  else faults.add('WORKFLOW_INVALID', field, `id "${id}" is taken by ${first}`);
}

function validateOutputs(operators: readonly Operator[], faults: FaultList): void {
  const names = new Map<string, OperatorId>();
  for (const [i, operator] of operators.entries()) {
    if (operator.kind !== 'output') continue;
    const first = names.get(operator.name);
    if (first !== undefined) {
      const message = `output name "${operator.name}" is taken by "${first}"`;
      refuse(operator, 'name', message, { faults, at: `operators[${i}]` });
    }
    names.set(operator.name, first ?? operator.id);
  }
  if (names.size === 0) {
    faults.add('WORKFLOW_INVALID', 'operators', 'the workflow has no output, so nothing would run');
  }
}

function validateSize(
  workflow: Workflow,
  rows: readonly Row[],
  limits: PlanLimits,
  faults: FaultList,
): void {
  const { operatorsMax, instancesMax } = limits;
  const count = expandedCount(workflow.operators);
  if (count > operatorsMax) {
    const message = `${count} operators with all bodies expanded, operatorsMax is ${operatorsMax}`;
    faults.add('WORKFLOW_INVALID', 'operators', message);
  } else if (count * rows.length > instancesMax) {
    const message = `${count} operators × ${rows.length} rows, instancesMax is ${instancesMax}`;
    faults.add('ROWS_INVALID', 'rows', message);
  }
}

function inputFields(operators: readonly Operator[]): ReadonlyMap<string, OperatorId> {
  const fields = new Map<string, OperatorId>();
  for (const operator of allOperators(operators)) {
    if (operator.kind === 'input' && !fields.has(operator.field)) {
      fields.set(operator.field, operator.id);
    }
  }
  return fields;
}

import { HeliumError, type OperatorId, operatorId } from '@helium/shared';
import { expandSamples, sampleIds } from './expand-samples.ts';
import type { PlanOperator } from './logical-plan.ts';
import type {
  Body,
  CondOperator,
  EachOperator,
  InputOperator,
  LoopOperator,
  MapOperator,
  Operator,
  OutputOperator,
  Segment,
} from './operator.ts';
import { planPredicate } from './predicate.ts';
import { mapSegments, referencesOf } from './references.ts';
import { orderByDependency } from './topology.ts';
import { copyId, renameRefs } from './unroll.ts';

/**
 * Replaces every map over a known list by a copy of its body per item and a format that joins the
 * results. The item becomes a constant, the joining format keeps the map's id. Operators with samples
 * become one operator for each. What is expanded at run time stays, with its bodies made of the same
 * words: ordered, without maps over known lists, and without inputs, which move out of them. The
 * workflow must be valid.
 */
export function expandMaps(
  operators: readonly Operator[],
): readonly (PlanOperator | OutputOperator)[] {
  return operators.flatMap((operator): readonly (PlanOperator | OutputOperator)[] =>
    operator.kind === 'output' ? [operator] : expand(operator, '', new Map()),
  );
}

type Renames = ReadonlyMap<OperatorId, OperatorId>;

function expand(operator: Operator, prefix: string, renames: Renames): readonly PlanOperator[] {
  switch (operator.kind) {
    case 'map':
      return expandMap(operator, prefix, renames);
    case 'each':
      return planEach(operator, prefix, renames);
    case 'cond':
      return planCond(operator, prefix, renames);
    case 'loop':
      return planLoop(operator, prefix, renames);
    case 'output':
    case 'wait':
      throw new HeliumError('INVARIANT_BROKEN', `${operator.kind} "${operator.id}" is in a plan`);
    default: {
      const renamed = mapSegments(operator, (segments) => renameRefs(segments, renames));
      const named = { ...renamed, id: operatorId(prefix + operator.id) };
      return named.kind === 'llm' ? expandSamples(named) : [named];
    }
  }
}

function expandMap(map: MapOperator, prefix: string, renames: Renames): readonly PlanOperator[] {
  const id = operatorId(prefix + map.id);
  const copies = map.items.flatMap((item, index) => {
    const local = new Map(renames);
    const own = map.body.flatMap((operator) => [operator.id, ...sampleIds(operator)]);
    for (const name of [map.item, ...own]) {
      local.set(name, copyId(id, index, name));
    }
    const constant = { kind: 'constant', id: copyId(id, index, map.item), text: item } as const;
    const inner = `${id}[${index}].`;
    return [constant, ...map.body.flatMap((operator) => expand(operator, inner, local))];
  });
  const content = map.items.flatMap((_, index): Segment[] => {
    const ref: Segment = { kind: 'ref', operator: copyId(id, index, map.result) };
    return index === 0 ? [ref] : [{ kind: 'text', text: map.separator }, ref];
  });
  return [...copies, { kind: 'format', id, content }];
}

function planEach(
  operator: EachOperator,
  prefix: string,
  renames: Renames,
): readonly PlanOperator[] {
  const { inputs, body } = planBody(operator.body, prefix, renames);
  const list = { ...operator.list, text: renameRefs(operator.list.text, renames) };
  return [...inputs, { ...operator, id: operatorId(prefix + operator.id), list, body }];
}

function planCond(
  operator: CondOperator,
  prefix: string,
  renames: Renames,
): readonly PlanOperator[] {
  const id = operatorId(prefix + operator.id);
  const text = renameRefs(operator.predicate.text, renames);
  const planned = planPredicate({ ...operator.predicate, text }, testId(id));
  const chosen = planBody(operator.branches.yes, prefix, renames);
  const other = planBody(operator.branches.no, prefix, renames);
  return [
    ...chosen.inputs,
    ...other.inputs,
    ...planned.operators,
    {
      kind: 'cond',
      id,
      predicate: planned.predicate,
      branches: { yes: chosen.body, no: other.body },
    },
  ];
}

function planLoop(
  operator: LoopOperator,
  prefix: string,
  renames: Renames,
): readonly PlanOperator[] {
  const until = planPredicate(
    { ...operator.until, text: renameRefs(operator.until.text, renames) },
    testId(operator.id),
  );
  const { inputs, body, rename } = planBody(operator.body, prefix, renames, until.operators);
  const variables = operator.variables.map(({ id, first, next }) => ({
    id,
    first: renameRefs(first, renames),
    next: rename(next),
  }));
  const id = operatorId(prefix + operator.id);
  const predicate = { ...until.predicate, text: rename(until.predicate.text) };
  return [...inputs, { ...operator, id, variables, body, until: predicate }];
}

function testId(owner: OperatorId): OperatorId {
  return operatorId(`${owner}[test]`);
}

/**
 * A body's own ids stay as they are: they are known in its copies only. What it reads of the rows moves
 * out, under the prefix of what is outside.
 */
function planBody(
  body: Body<Operator>,
  prefix: string,
  renames: Renames,
  more: readonly PlanOperator[] = [],
): {
  readonly inputs: readonly InputOperator[];
  readonly body: Body<PlanOperator>;
  readonly rename: (segments: readonly Segment[]) => readonly Segment[];
} {
  const flat = [...body.operators.flatMap((member) => expand(member, '', renames)), ...more];
  const inputs = flat.filter((member) => member.kind === 'input');
  const moved = new Map(inputs.map(({ id }) => [id, operatorId(prefix + id)]));
  const names = new Map([...renames, ...moved]);
  const rename = (segments: readonly Segment[]) => renameRefs(segments, names);
  const byId = new Map(
    flat.flatMap((member) =>
      member.kind === 'input' ? [] : [[member.id, mapSegments(member, rename)] as const],
    ),
  );
  const { order } = orderByDependency([...byId.keys()], (id) => referencesOf(byId.get(id)!));
  return {
    inputs: inputs.map((member) => ({ ...member, id: moved.get(member.id)! })),
    body: { operators: order.map((id) => byId.get(id)!), result: rename(body.result) },
    rename,
  };
}

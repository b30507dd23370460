import { type OperatorId, operatorId } from '@helium/shared';
import type { PlanOperator } from './logical-plan.ts';
import type {
  Body,
  Branch,
  CondOperator,
  EachOperator,
  LoopOperator,
  Predicate,
  Segment,
} from './operator.ts';
import { mapSegments } from './references.ts';

/** Copies of a body, which refer to each other and to what the body refers to outside. */
export interface Unrolled {
  /** In topological order. */
  readonly operators: readonly PlanOperator[];
  readonly result: readonly Segment[];
}

/**
 * The id that an inner id has in a copy: `m[2].op` for `op` in copy 2 of `m`. Authors cannot write
 * brackets, so ids stay unique.
 */
export function copyId(owner: OperatorId, copy: number | string, inner: OperatorId): OperatorId {
  return operatorId(`${owner}[${copy}].${inner}`);
}

/** The id as its author wrote it: without the copies it is in. */
export function authoredId(id: string): string {
  const inner = id.slice(id.lastIndexOf('].') + 1).replace(/^\./, '');
  return inner.replace(/\[[^\]]*\]$/, '');
}

/** The body once per item; item i is what `copyId(id, i, item)` stands for, which is not among these. */
export function unrollEach(operator: EachOperator<PlanOperator>, items: number): Unrolled {
  const { id, item, body, separator } = operator;
  const operators: PlanOperator[] = [];
  const result: Segment[] = [];
  for (let i = 0; i < items; i++) {
    const copy = copyBody(body, id, i, [item]);
    operators.push(...copy.operators);
    if (i > 0 && separator !== '') result.push({ kind: 'text', text: separator });
    result.push(...copy.result);
  }
  return { operators, result };
}

/** One branch. */
export function unrollBranch(operator: CondOperator<PlanOperator>, branch: Branch): Unrolled {
  return copyBody(operator.branches[branch], operator.id, branch, []);
}

/**
 * The next turn, and the loop as it stands after it. Variable v is what `copyId(name, turn, v)` stands
 * for, which is not among these.
 */
export function unrollTurn(operator: LoopOperator<PlanOperator>): Unrolled {
  const { begun, variables, body, until } = operator;
  const name = begun?.name ?? operator.id;
  const turn = begun?.turns ?? 0;
  const ids = variables.map(({ id }) => id);
  const { operators, result, rename } = copyBody(body, name, turn, ids);
  const after: LoopOperator<PlanOperator> = {
    ...operator,
    id: operatorId(`${name}[${turn + 1}]`),
    variables: variables.map(({ id, next }) => ({ id, first: rename(next), next })),
    begun: { name, turns: turn + 1, until: renamePredicate(until, rename), result },
  };
  return { operators: [...operators, after], result: [{ kind: 'ref', operator: after.id }] };
}

type Rename = (segments: readonly Segment[]) => readonly Segment[];

function renamePredicate(predicate: Predicate, rename: Rename): Predicate {
  return { ...predicate, text: rename(predicate.text) };
}

function copyBody(
  body: Body<PlanOperator>,
  owner: OperatorId,
  copy: number | string,
  scoped: readonly OperatorId[],
): Unrolled & { readonly rename: Rename } {
  const names = new Map(
    [...scoped, ...body.operators.map(({ id }) => id)].map((id) => [id, copyId(owner, copy, id)]),
  );
  const rename: Rename = (segments) => renameRefs(segments, names);
  const operators = body.operators.map((member) => ({
    ...mapSegments(member, rename),
    id: names.get(member.id)!,
  }));
  return { operators, result: rename(body.result), rename };
}

/** The same list where nothing in it has another name. */
export function renameRefs(
  segments: readonly Segment[],
  names: ReadonlyMap<OperatorId, OperatorId>,
): readonly Segment[] {
  const isNamed = segments.some((part) => part.kind === 'ref' && names.has(part.operator));
  if (!isNamed) return segments;
  return segments.map((part) =>
    part.kind === 'text'
      ? part
      : { kind: 'ref', operator: names.get(part.operator) ?? part.operator },
  );
}

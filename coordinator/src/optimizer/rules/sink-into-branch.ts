import type { OperatorId } from '@helium/shared';
import {
  type Body,
  type Branch,
  type CondOperator,
  isRepeatable,
  type LogicalPlan,
  type PlanOperator,
  referencesOf,
  segmentLists,
} from '../../plan/index.ts';
import { type LogicalRule, listNames } from '../rule.ts';

type Cond = CondOperator<PlanOperator>;

/** A branch, by its cond and name. */
interface Reader {
  readonly cond: OperatorId;
  readonly branch: Branch;
}

/**
 * Looks for operators that one branch of one cond alone needs, directly or through others like them,
 * and moves them into that branch: they run only where it is taken. What is not repeatable stays, since
 * its author may want what it does. The calls that move count as submitted when the cond is expanded.
 */
export const sinkIntoBranch: LogicalRule = {
  name: 'sink-into-branch',
  stage: 'logical',
  description: 'Moves what only one branch of a cond needs into that branch.',
  apply(plan) {
    if (!plan.operators.some(({ kind }) => kind === 'cond')) return { changed: false, plan };
    const moves = findMoves(plan);
    if (moves.size === 0) return { changed: false, plan };
    const into = movedInto(plan, moves);
    const operators = plan.operators
      .filter(({ id }) => !moves.has(id))
      .map((operator) => (operator.kind === 'cond' ? fill(operator, into) : operator));
    const moved = plan.operators.filter(({ id }) => moves.has(id));
    const calls = moved.filter(({ kind }) => kind === 'llm').length;
    const text = `moved ${listNames(
      'operator',
      moved.map(({ id }) => id),
    )}`;
    const submittedCalls = plan.submittedCalls - calls;
    return { changed: true, plan: { ...plan, operators, submittedCalls }, text };
  },
};

/** By operator that may move: the branch it is for. */
function findMoves(plan: LogicalPlan): ReadonlyMap<OperatorId, Reader> {
  const kept = new Set<OperatorId>(plan.outputs.map(({ value }) => value));
  const readers = new Map<OperatorId, Reader>();
  const read = (id: OperatorId, reader: Reader | undefined) => {
    const known = readers.get(id);
    if (reader === undefined) kept.add(id);
    else if (known === undefined) readers.set(id, reader);
    else if (known.cond !== reader.cond || known.branch !== reader.branch) kept.add(id);
  };
  const moves = new Map<OperatorId, Reader>();
  for (const operator of plan.operators.toReversed()) {
    const reader = kept.has(operator.id) ? undefined : readers.get(operator.id);
    const isMoved = reader !== undefined && canMove(operator, plan);
    if (isMoved) moves.set(operator.id, reader);
    if (operator.kind === 'cond' && !isMoved) readCond(operator, read);
    else for (const id of referencesOf(operator)) read(id, isMoved ? reader : undefined);
  }
  return moves;
}

function canMove(operator: PlanOperator, plan: LogicalPlan): boolean {
  const isWork = operator.kind !== 'input' && operator.kind !== 'constant';
  return isWork && isRepeatable(operator) && !plan.merged.has(operator.id);
}

function readCond(
  operator: Cond,
  read: (id: OperatorId, reader: Reader | undefined) => void,
): void {
  for (const part of operator.predicate.text) {
    if (part.kind === 'ref') read(part.operator, undefined);
  }
  for (const branch of ['yes', 'no'] as const) {
    for (const id of referencesIn(operator.branches[branch])) {
      read(id, { cond: operator.id, branch });
    }
  }
}

/** What a body refers to, inside and outside. */
function referencesIn({ operators, result }: Body<PlanOperator>): readonly OperatorId[] {
  const lists = [result, ...operators.flatMap(segmentLists)];
  return lists.flatMap((list) =>
    list.flatMap((part) => (part.kind === 'ref' ? part.operator : [])),
  );
}

/** What moves into each branch, by cond; in the plan's order. */
type Moved = ReadonlyMap<OperatorId, Readonly<Record<Branch, PlanOperator[]>>>;

function movedInto(plan: LogicalPlan, moves: ReadonlyMap<OperatorId, Reader>): Moved {
  const moved = new Map<OperatorId, Record<Branch, PlanOperator[]>>();
  for (const operator of plan.operators) {
    const reader = moves.get(operator.id);
    if (reader === undefined) continue;
    const branches = moved.get(reader.cond) ?? { yes: [], no: [] };
    branches[reader.branch].push(operator);
    moved.set(reader.cond, branches);
  }
  return moved;
}

function fill(operator: Cond, moved: Moved): Cond {
  const into = moved.get(operator.id);
  if (into === undefined) return operator;
  const filled = (branch: Branch): Body<PlanOperator> => {
    const body = operator.branches[branch];
    return { ...body, operators: [...into[branch], ...body.operators] };
  };
  return { ...operator, branches: { yes: filled('yes'), no: filled('no') } };
}

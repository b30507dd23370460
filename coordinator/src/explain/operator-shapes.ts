import type { OperatorId, Sampling } from '@helium/shared';
import {
  decodingOf,
  type LlmOperator,
  type LogicalPlan,
  operatorsWithin,
  type PlanOperator,
  referencesOf,
  type Segment,
  segmentLists,
} from '../plan/index.ts';

/** Operators that do the same to like inputs: eight traders, fourteen analysts. */
export interface OperatorGroup {
  readonly kind: PlanOperator['kind'];
  /** In the plan's order. */
  readonly members: readonly PlanOperator[];
}

/** What a group is numbered by: equal for operators that differ in texts and names only. */
export type Shape = number;

/**
 * The shape of every operator: its kind, settings and messages, and for each text the shapes of what
 * it refers to, whatever the literal texts are. O(references).
 */
export function shapesOf({ operators }: LogicalPlan): ReadonlyMap<OperatorId, Shape> {
  const numbers = new Map<string, Shape>();
  const shapes = new Map<OperatorId, Shape>();
  // Bodies are told apart by what they read outside; their items and variables are alike.
  for (const operator of operators.flatMap(operatorsWithin)) {
    const key = keyOf(operator, (id) => shapes.get(id) ?? -1);
    const shape = numbers.get(key) ?? numbers.size;
    numbers.set(key, shape);
    shapes.set(operator.id, shape);
  }
  return shapes;
}

/** Operators by shape, in the order in which the shapes first occur. */
export function groupByShape(
  operators: readonly PlanOperator[],
  shapes: ReadonlyMap<OperatorId, Shape>,
): readonly OperatorGroup[] {
  const groups = new Map<Shape, PlanOperator[]>();
  for (const operator of operators) {
    const shape = shapes.get(operator.id) ?? -1;
    const members = groups.get(shape) ?? [];
    members.push(operator);
    groups.set(shape, members);
  }
  return [...groups.values()].map((members) => ({ kind: members[0]!.kind, members }));
}

/** What the operators of a group refer to, each once. */
export function readsOf(operators: readonly PlanOperator[]): readonly OperatorId[] {
  return [...new Set(operators.flatMap(referencesOf))];
}

/** "greedy", "temperature 0.5, seeded", "temperature 1, by chance". */
export function samplingText({ temperature, seed }: Sampling): string {
  if (temperature === 0) return 'greedy';
  return `temperature ${temperature}, ${seed === undefined ? 'by chance' : 'seeded'}`;
}

function keyOf(operator: PlanOperator, shapeOf: (id: OperatorId) => Shape): string {
  const holes = segmentLists(operator).map((segments) => shapesIn(segments, shapeOf));
  switch (operator.kind) {
    case 'input':
    case 'constant':
      return operator.kind;
    case 'format':
      return `format ${holes.join()}`;
    case 'fn':
      return `fn ${operator.pure} ${[...new Set(holes)].sort().join()}`;
    case 'each':
    case 'cond':
    case 'loop':
      return `${operator.kind} ${operator.id}`;
    case 'llm': {
      const { model, messages } = operator;
      const asked = messages.map(({ role }, i) => `${role} ${holes[i]}`);
      return ['llm', model, settingsText(operator), ...asked].join('\n');
    }
  }
}

/** Of seeds only whether there is one: samples of one thing differ in them. */
function settingsText(operator: LlmOperator): string {
  const { sampling, ...decoding } = decodingOf(operator);
  const { seed, ...chosen } = sampling;
  return JSON.stringify({ ...decoding, ...chosen, isSeeded: seed !== undefined });
}

function shapesIn(segments: readonly Segment[], shapeOf: (id: OperatorId) => Shape): string {
  const found = segments.flatMap((segment) =>
    segment.kind === 'ref' ? [shapeOf(segment.operator)] : [],
  );
  return `(${[...new Set(found)].sort((a, b) => a - b).join(' ')})`;
}

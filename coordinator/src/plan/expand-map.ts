import { HeliumError, type OperatorId, operatorId } from '@helium/shared';
import { expandSamples, sampleIds } from './expand-samples.ts';
import type { PlanOperator } from './logical-plan.ts';
import type { MapOperator, Operator, OutputOperator, Segment } from './operator.ts';
import { mapSegments } from './references.ts';

/**
 * Replaces every map by a copy of its body per item and a format that joins the results. The copy
 * of `op` for item 2 of map `m` is `m[2].op`: authors cannot write brackets, so ids stay unique.
 * The item becomes a constant, the joining format keeps the map's id. Operators with samples become
 * one operator for each. The workflow must be valid.
 */
export function expandMaps(
  operators: readonly Operator[],
): readonly (PlanOperator | OutputOperator)[] {
  return operators.flatMap((operator) => expand(operator, '', new Map()));
}

/** How many operators `expandMaps` makes of these: told without making them. */
export function expandedCount(operators: readonly Operator[]): number {
  let count = 0;
  for (const operator of operators) {
    count += 1 + sampleIds(operator).length;
    if (operator.kind === 'map')
      count += operator.items.length * (1 + expandedCount(operator.body));
  }
  return count;
}

type Renames = ReadonlyMap<OperatorId, OperatorId>;

function expand(
  operator: Operator,
  prefix: string,
  renames: Renames,
): readonly (PlanOperator | OutputOperator)[] {
  switch (operator.kind) {
    case 'map':
      return expandMap(operator, prefix, renames);
    case 'output':
      return [operator];
    case 'cond':
    case 'loop':
    case 'wait':
      throw new HeliumError('INVARIANT_BROKEN', `${operator.kind} "${operator.id}" is in a plan`);
    default: {
      const renamed = mapSegments(operator, (segments) => renameRefs(segments, renames));
      const named = { ...renamed, id: operatorId(prefix + operator.id) };
      return named.kind === 'llm' ? expandSamples(named) : [named];
    }
  }
}

function expandMap(
  map: MapOperator,
  prefix: string,
  renames: Renames,
): readonly (PlanOperator | OutputOperator)[] {
  const id = prefix + map.id;
  const copies = map.items.flatMap((item, index) => {
    const inner = `${id}[${index}].`;
    const local = new Map(renames);
    const own = map.body.flatMap((operator) => [operator.id, ...sampleIds(operator)]);
    for (const name of [map.item, ...own]) {
      local.set(name, operatorId(inner + name));
    }
    const constant = { kind: 'constant', id: operatorId(inner + map.item), text: item } as const;
    return [constant, ...map.body.flatMap((operator) => expand(operator, inner, local))];
  });
  const content = map.items.flatMap((_, index): Segment[] => {
    const result = operatorId(`${id}[${index}].${map.result}`);
    const ref: Segment = { kind: 'ref', operator: result };
    return index === 0 ? [ref] : [{ kind: 'text', text: map.separator }, ref];
  });
  return [...copies, { kind: 'format', id: operatorId(id), content }];
}

function renameRefs(segments: readonly Segment[], renames: Renames): readonly Segment[] {
  return segments.map((segment) => {
    if (segment.kind === 'text') return segment;
    return { kind: 'ref', operator: renames.get(segment.operator) ?? segment.operator };
  });
}

import type { Row, Workflow } from '@helium/coordinator/planning';
import { GREEDY, operatorId } from '@helium/shared';
import type { Kind } from '@helium/simulation';
import type { Shape, ShapeItem } from '../paper/shape.ts';

/** A text of so many words that no other text has: a token each for the simulation's tokenizer. */
function words(name: string, tokens: number): string {
  return Array.from({ length: tokens }, (_, i) => `${name}.${i} `).join('');
}

/** The known start of an operator's prompts, before any column or output. */
export function staticText({ segments, operators }: Shape, operator: number): string {
  const { template } = operators[operator]!;
  const end = template.findIndex(({ kind }) => kind !== 'static');
  const fixed = template.slice(0, end < 0 ? template.length : end);
  return fixed.map((item) => staticWords(segments, item)).join('');
}

function staticWords(segments: readonly number[], item: ShapeItem): string {
  return item.kind === 'static' ? words(`s${item.segment}`, segments[item.segment]!) : '';
}

/** A shape as a workflow that runs: outputs are as long as their means. */
export function workflowOf(shape: Shape, rows: number): Kind {
  const idOf = (item: ShapeItem) =>
    operatorId(
      item.kind === 'field'
        ? `column${item.field}`
        : `op${(item as { operator: number }).operator}`,
    );
  const used = new Set(
    shape.operators.flatMap(({ template }) =>
      template.flatMap((item) => (item.kind === 'output' ? item.operator : [])),
    ),
  );
  const operators: Workflow['operators'] = [
    ...shape.fields.map((_, field) => {
      const name = `column${field}`;
      return { kind: 'input', id: operatorId(name), field: name } as const;
    }),
    ...shape.operators.map(({ template, mean }, number) => {
      const content = template.map((item) =>
        item.kind === 'static'
          ? ({ kind: 'text', text: staticWords(shape.segments, item) } as const)
          : ({ kind: 'ref', operator: idOf(item) } as const),
      );
      return {
        kind: 'llm',
        id: operatorId(`op${number}`),
        model: '',
        messages: [{ role: 'user', content }],
        sampling: GREEDY,
        maxTokens: Math.round(mean),
        stop: [],
      } as const;
    }),
    ...shape.operators.flatMap((_, number) => {
      if (used.has(number)) return [];
      const value = operatorId(`op${number}`);
      return {
        kind: 'output',
        id: operatorId(`out${number}`),
        name: `out${number}`,
        value,
      } as const;
    }),
  ];
  const workflow = { name: shape.name, operators };
  const all = Array.from({ length: rows }, (_, row) => rowOf(shape, row));
  return { name: shape.name, workflow, rows: all, callsPerRow: shape.operators.length };
}

function rowOf({ fields }: Shape, row: number): Row {
  return Object.fromEntries(
    fields.map(({ mean, share }, field) => {
      const group = Math.floor(row / share);
      // Lengths differ a little, by number, so that prompts do not all end on one grid.
      const tokens = Math.max(8, Math.round(mean) + ((group * 7 + field * 3) % 15) - 7);
      return [`column${field}`, words(`f${field}.${group}`, tokens)];
    }),
  );
}

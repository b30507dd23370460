import { describe, expect, it } from 'vitest';
import type { Example } from './example.ts';
import { EXAMPLES } from './index.ts';

/** LLM calls a row, as the paper's section 7 has the workflows. */
const CALLS: Readonly<Record<string, number>> = {
  'map-reduce': 15,
  'map-reduce-context': 8,
  debate: 6,
  reflect: 4,
  iterative: 6,
  parallel: 50,
  trading: 88,
  // As written: what is in a body once stands there for each copy.
  research: 3,
  refine: 3,
};

type Operator = NonNullable<Example['workflow']['message']['operators']>[number];

/** The operators and those in their bodies. */
function allOperators(operators: readonly Operator[]): readonly Operator[] {
  return operators.flatMap((operator) => {
    const { map, loop, cond } = operator;
    const bodies = [map?.body, loop?.body, cond?.yes?.operators, cond?.no?.operators];
    return [operator, ...allOperators(bodies.flatMap((body) => body ?? []))];
  });
}

describe.each(Object.entries(EXAMPLES))('the example %s', (name, example) => {
  it('has the calls of the workflow it stands for', () => {
    const operators = allOperators(example.workflow.message.operators ?? []);
    const calls = operators.filter((o) => o.llm !== undefined);
    expect(calls).toHaveLength(CALLS[name] ?? -1);
  });

  it('has rows with every column, all of them with text, as many as are asked for', async () => {
    const rows = await example.rows(3);
    expect(rows).toHaveLength(3);
    for (const row of rows) {
      expect(Object.keys(row).sort()).toEqual([...example.workflow.inputs].sort());
      for (const value of Object.values(row)) expect(value.trim()).not.toBe('');
    }
    expect(new Set(rows.map((row) => JSON.stringify(row))).size).toBe(3);
  });

  it('refers to operators that exist, and has functions for every fn operator', async () => {
    const operators = allOperators(example.workflow.message.operators ?? []);
    const scoped = operators.flatMap(({ map, loop }) => [
      map?.item,
      ...(loop?.variables ?? []).map(({ id }) => id),
    ]);
    const ids = new Set([...operators.map((o) => o.id), ...scoped]);
    const refs = JSON.stringify(operators).matchAll(/"ref":"([^"]+)"/g);
    for (const [, ref] of refs) expect(ids).toContain(ref);
    const modules = await Promise.all(example.functions.map((path) => import(path)));
    const known = modules.flatMap((module) => Object.keys(module.functions));
    for (const operator of operators)
      if (operator.function) expect(known).toContain(operator.function.name);
  });
});

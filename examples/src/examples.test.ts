import { describe, expect, it } from 'vitest';
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
};

describe.each(Object.entries(EXAMPLES))('the example %s', (name, example) => {
  it('has the calls of the workflow it stands for', () => {
    const calls = example.workflow.message.operators?.filter((o) => o.llm !== undefined);
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
    const operators = example.workflow.message.operators ?? [];
    const ids = new Set(operators.map((o) => o.id));
    const refs = JSON.stringify(operators).matchAll(/"ref":"([^"]+)"/g);
    for (const [, ref] of refs) expect(ids).toContain(ref);
    const modules = await Promise.all(example.functions.map((path) => import(path)));
    const known = modules.flatMap((module) => Object.keys(module.functions));
    for (const operator of operators)
      if (operator.function) expect(known).toContain(operator.function.name);
  });
});

import { describe, expect, it } from 'vitest';
import { ATTRIBUTES, METRICS } from './names.ts';

const rows = Object.entries(METRICS);

describe('METRICS', () => {
  it('prefixes every name with helium_ in lower snake case', () => {
    for (const [name] of rows) expect(name).toMatch(/^helium_[a-z]+(_[a-z]+)*$/);
  });

  it('ends counters, and only counters, in _total', () => {
    for (const [name, { kind }] of rows) expect(name.endsWith('_total')).toBe(kind === 'counter');
  });

  it('says base units in the name: seconds where the unit is s', () => {
    for (const [name, { unit }] of rows) expect(name.endsWith('_seconds')).toBe(unit === 's');
  });

  it('keeps the names that dashboards use', async () => {
    const lines = rows.map(([name, m]) => `${name} ${m.kind} ${m.unit} {${m.labels.join(',')}}`);
    const attributes = Object.values(ATTRIBUTES);
    await expect([...lines, ...attributes, ''].join('\n')).toMatchFileSnapshot(
      'testdata/names.txt',
    );
  });
});

describe('ATTRIBUTES', () => {
  it('takes names from the conventions or from helium.*, each once', () => {
    const names: readonly string[] = Object.values(ATTRIBUTES);
    for (const name of names) expect(name).toMatch(/^(gen_ai\.|helium\.|error\.type$)/);
    expect(new Set(names).size).toBe(names.length);
  });
});

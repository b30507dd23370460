import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { read } from '../tree.ts';
import { chartValueRows } from './chart-values.ts';

const SCHEMA = read('deploy/helm/helium/values.schema.json');
const VALUES = read('deploy/helm/helium/values.yaml');
const rows = chartValueRows(SCHEMA, VALUES);

/** Paths of all that has a default. */
function leaves(value: unknown, at = ''): string[] {
  const isBranch = typeof value === 'object' && value !== null && !Array.isArray(value);
  const entries = isBranch ? Object.entries(value) : [];
  if (entries.length === 0) return [at];
  return entries.flatMap(([key, inner]) => leaves(inner, at === '' ? key : `${at}.${key}`));
}

describe('chartValueRows', () => {
  it('has a row for every default of the chart', () => {
    const keys = rows.map(([key]) =>
      key?.replaceAll('`', '').replace('workers.POOL', 'workers.default'),
    );
    const isTold = (path: string) => keys.some((key) => path === key || path.startsWith(`${key}.`));
    const paths = leaves(parse(VALUES));
    expect(paths.length).toBeGreaterThan(80);
    expect(paths.filter((path) => !isTold(path))).toEqual([]);
  });

  it('says of every value what it is', () => {
    expect(rows.filter(([, , , meaning]) => meaning === '')).toEqual([]);
  });

  it('says what a value accepts and what it is by default', () => {
    const row = (key: string) => rows.find(([name]) => name === `\`${key}\``)?.slice(1, 3);
    expect(row('coordinator.port')).toEqual(['1024 … 65535', '`7420`']);
    expect(row('coordinator.persistence.enabled')).toEqual(['`auto` | `true` | `false`', '`auto`']);
    expect(row('workers.POOL.engine')).toEqual(['`onnx` | `sim`', '`onnx`']);
    expect(row('workers.POOL.modelName')).toEqual(['string', '`""`']);
    expect(row('global')).toEqual(['object', '']);
  });
});

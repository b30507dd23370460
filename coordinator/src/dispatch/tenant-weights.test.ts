import { tenantId } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import { parseTenantWeights } from './tenant-weights.ts';

describe('parseTenantWeights', () => {
  it('reads pairs, and gives everybody else weight 1', () => {
    const weightOf = parseTenantWeights(' a=2, b = 0.5 ,');
    expect(['a', 'b', 'c'].map((name) => weightOf(tenantId(name)))).toEqual([2, 0.5, 1]);
    expect(parseTenantWeights('')(tenantId('a'))).toBe(1);
  });

  it('refuses with every fault', () => {
    const parse = () => parseTenantWeights('a=0,b,=3,c=1,c=2,d=1e9,e=x');
    expect(parse).toThrow('tenant-weights: "a=0" is not name=weight');
    try {
      parse();
    } catch (error) {
      expect((error as { faults: unknown[] }).faults).toHaveLength(6);
    }
  });
});

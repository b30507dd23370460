import { describe, expect, it } from 'vitest';
import { DecodeFaults } from './decode-faults.ts';

function refusalOf(count: number): unknown {
  const faults = new DecodeFaults();
  for (let i = 0; i < count; i++) faults.add(`f[${i}]`, 'is wrong');
  try {
    faults.throwIfAny('REQUEST_INVALID', 'the request');
    return undefined;
  } catch (refusal) {
    return refusal;
  }
}

describe('DecodeFaults', () => {
  it('refuses nothing where nothing is wrong, and names the only fault', () => {
    expect(refusalOf(0)).toBeUndefined();
    expect(refusalOf(1)).toMatchObject({ message: 'the request: f[0]: is wrong' });
  });

  it('keeps a hundred faults of a request of only faults, and counts the others', () => {
    const refusal = refusalOf(1000) as { message: string; faults: { message: string }[] };
    expect(refusal.message).toBe('the request has 1000 faults, the first is f[0]: is wrong');
    expect(refusal.faults).toHaveLength(101);
    expect(refusal.faults.at(-1)?.message).toBe('and 900 more faults');
  });
});

import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { outputsHash } from './outputs-hash.ts';

describe('outputsHash', () => {
  it('is SHA-256 of the rows in order, their outputs sorted by name', () => {
    const canonical = '[[["B","2"],["a","1\\n"]],[["a","é"]]]';
    const expected = createHash('sha256').update(canonical, 'utf8').digest('hex');
    expect(outputsHash([{ a: '1\n', B: '2' }, { a: 'é' }])).toBe(expected);
  });

  it('tells apart what differs in a row, a name, a text or their order by row', () => {
    const all = [
      [{ a: '1', b: '2' }],
      [{ a: '1', b: '3' }],
      [{ a: '1', c: '2' }],
      [{ a: '1' }, { b: '2' }],
      [{ b: '2' }, { a: '1' }],
      [],
    ];
    expect(new Set(all.map(outputsHash)).size).toBe(all.length);
    expect(outputsHash([{ b: '2', a: '1' }])).toBe(outputsHash([{ a: '1', b: '2' }]));
  });
});

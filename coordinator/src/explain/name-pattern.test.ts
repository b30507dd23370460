import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { namePattern, rowList } from './name-pattern.ts';

const EVERYTHING = { alternatives: 1000, patterns: 1000 };

/** The names that a pattern without "…" stands for. */
function expand(pattern: string): string[] {
  return pattern.split(/, (?![^{]*\})/).flatMap(expandOne);
}

function expandOne(pattern: string): string[] {
  const braces = /^([^{]*)\{([^}]*)\}(.*)$/.exec(pattern);
  if (braces === null) return [pattern];
  const [, lead = '', inside = '', rest = ''] = braces;
  const range = /^(\d+)\.\.(\d+)$/.exec(inside);
  const [from, to] = [Number(range?.[1]), Number(range?.[2])];
  const parts =
    range === null
      ? inside.split(',')
      : Array.from({ length: to - from + 1 }, (_, i) => String(from + i));
  return parts.flatMap((part) => expandOne(`${lead}${part}${rest}`));
}

const part = fc.constantFrom('bull', 'bear', 'judge', 'first', 'views[1]', 'views[2]', 'expert-1');
const name = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('.'));

describe('namePattern', () => {
  it('stands for exactly the names it was made of', () => {
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 24 }), (names) => {
        const pattern = namePattern(names, EVERYTHING);
        expect(expand(pattern).sort()).toEqual([...new Set(names)].sort());
      }),
    );
  });

  it.each([
    [['a.x', 'b.x', 'a.y', 'b.y'], '{a,b}.{x,y}'],
    [['a.x', 'b.x', 'a.y'], '{a,b}.x, a.y'],
    [['chunk-1', 'chunk-2', 'chunk-3'], 'chunk-{1..3}'],
    [['views[0].view', 'views[1].view', 'views[2].view'], 'views[{0..2}].view'],
    [['alone'], 'alone'],
    [['teacher', 'doctor', 'lawyer', 'farmer'], 'teacher, doctor, lawyer, farmer'],
    [['teacher', 'doctor', 'lawyer', 'farmer', 'student'], 'teacher, doctor, lawyer and 2 more'],
    [['a.x', 'b.x', 'c.x', 'd.x', 'e.x'], '{a,b,c,…}.x'],
    [
      ['a', 'b.b', 'c.c.c', 'd.d.d.d', 'e.e.e.e.e', 'f.f.f.f.f.f'],
      'a, b.b, c.c.c, d.d.d.d, e.e.e.e.e and 1 more',
    ],
  ])('writes %j as %s', (names, pattern) => {
    expect(namePattern(names)).toBe(pattern);
  });
});

describe('rowList', () => {
  it.each([
    [[3], 'row 3'],
    [[1, 0], 'rows 0 and 1'],
    [[0, 1, 2, 3], 'rows 0 to 3'],
    [[0, 2, 5], 'rows 0, 2 and 5'],
    [[0, 2, 4, 6, 8, 10, 12], '7 rows (0, 2, 4, …)'],
  ])('says %j as %s', (rows, text) => {
    expect(rowList(rows)).toBe(text);
  });
});

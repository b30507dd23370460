import { describe, expect, it } from 'vitest';
import { printPredicate, printSegments } from './print-template.ts';
import { ref, text } from './small-workflows.fixture.ts';

describe('printSegments', () => {
  it('leaves out the middle of a long text, and cuts no character in two', () => {
    for (let odd = 0; odd < 4; odd++) {
      const shown = printSegments([text('a'.repeat(odd) + '😀'.repeat(100)), ref('x')]);
      expect(shown.isWellFormed()).toBe(true);
      expect(shown).toMatch(/^a*(😀)+…(😀)+\{x\}$/u);
      expect(shown.length).toBeLessThanOrEqual(64 + '{x}'.length);
    }
  });
});

describe('printPredicate', () => {
  it('says what a test asks, and whether it minds case', () => {
    const print = (test: Parameters<typeof printPredicate>[0]['test'], negated = false) =>
      printPredicate({ text: [ref('x')], test, negated });
    expect(print({ kind: 'contains', value: 'a', ignoreCase: false })).toBe('{x} contains "a"');
    expect(print({ kind: 'equals', value: 'a', ignoreCase: true }, true)).toBe(
      'not {x} is "a" in any case',
    );
    expect(print({ kind: 'matches', pattern: '^a', ignoreCase: true })).toBe('{x} matches /^a/i');
    expect(print({ kind: 'matches', pattern: '^a', ignoreCase: false })).toBe('{x} matches /^a/');
  });
});

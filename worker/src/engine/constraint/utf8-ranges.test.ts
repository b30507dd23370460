import fc from 'fast-check';
import { expect, it } from 'vitest';
import { utf8Ranges } from './utf8-ranges.ts';

const character = fc.oneof(
  fc.nat(0x10ffff),
  fc.nat(0x900),
  fc.constantFrom(0xd7ff, 0xe000, 0xffff),
);

it('matches the bytes of every character of a range once, and of no other', () => {
  fc.assert(
    fc.property(character, character, character, (a, b, other) => {
      const [first, last] = [Math.min(a, b), Math.max(a, b)];
      const sequences = utf8Ranges(first, last);
      for (const each of [first, last, first - 1, last + 1, other]) {
        if (each < 0 || each > 0x10ffff || (each >= 0xd800 && each <= 0xdfff)) continue;
        const bytes = [...Buffer.from(String.fromCodePoint(each))];
        const matches = sequences.filter(
          (ranges) =>
            ranges.length === bytes.length &&
            ranges.every(([low, high], i) => bytes[i]! >= low && bytes[i]! <= high),
        );
        expect(matches.length).toBe(each >= first && each <= last ? 1 : 0);
      }
    }),
    { numRuns: 2000 },
  );
});

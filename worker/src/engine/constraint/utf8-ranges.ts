/** Bytes from first to last, one pair for each byte of a character. */
export type ByteRanges = readonly (readonly [first: number, last: number])[];

/** By length: the last character, and what marks the first byte. */
const LENGTH_ENDS = [0x7f, 0x7ff, 0xffff, 0x10ffff];
const LEADS = [0, 0xc0, 0xe0, 0xf0];

/**
 * The UTF-8 forms of the characters from `first` to `last`, surrogates left out, as sequences of ranges
 * (Russ Cox, "Regular expression matching in the wild": RE2's compiler).
 */
export function utf8Ranges(first: number, last: number): readonly ByteRanges[] {
  if (first > last) return [];
  if (first <= 0xdfff && last >= 0xd800) {
    return [...utf8Ranges(first, 0xd7ff), ...utf8Ranges(0xe000, last)];
  }
  const end = LENGTH_ENDS.find((each) => first <= each && last > each);
  if (end !== undefined) return [...utf8Ranges(first, end), ...utf8Ranges(end + 1, last)];
  const tails = LENGTH_ENDS.findIndex((each) => last <= each);
  for (let bits = 6; bits <= 6 * tails; bits += 6) {
    const mask = 2 ** bits - 1;
    if (first >> bits === last >> bits) continue;
    if ((first & mask) !== 0) {
      return [...utf8Ranges(first, first | mask), ...utf8Ranges((first | mask) + 1, last)];
    }
    if ((last & mask) !== mask) {
      const before = (last & ~mask) - 1;
      return [...utf8Ranges(first, before), ...utf8Ranges(before + 1, last)];
    }
  }
  const [low, high] = [bytesOf(first, tails), bytesOf(last, tails)];
  return [low.map((byte, i) => [byte, high[i]!] as const)];
}

function bytesOf(character: number, tails: number): readonly number[] {
  if (tails === 0) return [character];
  return [
    LEADS[tails]! | (character >> (6 * tails)),
    ...Array.from(
      { length: tails },
      (_, i) => 0x80 | ((character >> (6 * (tails - 1 - i))) & 0x3f),
    ),
  ];
}

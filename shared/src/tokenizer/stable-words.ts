/**
 * How many leading words of a text no continuation can change, given the words the text alone is cut
 * into by local patterns (split-patterns.ts): those that end before the text does and start before
 * both its trailing white space and an apostrophe among its last two characters.
 */
export function countStableWords(text: string, words: readonly string[]): number {
  const limit = Math.min(trailingWhiteSpace(text), openContraction(text));
  let start = 0;
  let count = 0;
  for (const word of words) {
    if (start >= limit || start + word.length >= text.length) break;
    start += word.length;
    count++;
  }
  return count;
}

const WHITE_SPACE = /\p{White_Space}/u;

/** Index where the white space at the end begins. All white space is in the BMP. */
function trailingWhiteSpace(text: string): number {
  let at = text.length;
  while (at > 0 && WHITE_SPACE.test(text[at - 1]!)) at--;
  return at;
}

function openContraction(text: string): number {
  const at = text.lastIndexOf("'");
  return at >= 0 && at >= text.length - 2 ? at : text.length;
}

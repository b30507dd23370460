import { readFileSync } from 'node:fs';
import type { Tokenizer } from '@helium/shared/tokenizer';

/** Tokens that see each other; a text is cut into windows of so many. */
export const WINDOW_TOKENS = 512;

/** The fixed set, from the repository's root; texts/README.md says what they are. */
const TEXTS = [
  'bench/quality/texts/opticks-1.txt',
  'bench/quality/texts/opticks-3.txt',
  'bench/quality/texts/commander.txt',
  'examples/src/texts/declaration.txt',
  'examples/src/texts/second-inaugural.txt',
  'examples/src/texts/gettysburg.txt',
  'examples/src/texts/questions.jsonl',
] as const;

/**
 * The windows of all texts in order; a rest too short to score a token is left out. `limit` takes so
 * many only, evenly spread; 0: all.
 */
export function textWindows(tokenizer: Tokenizer, limit: number): Int32Array[] {
  const windows = TEXTS.flatMap((path) => {
    const text = readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
    const tokens = tokenizer.encode([{ kind: 'content', text }]);
    const count = Math.ceil(tokens.length / WINDOW_TOKENS);
    return Array.from({ length: count }, (_, i) =>
      tokens.slice(i * WINDOW_TOKENS, (i + 1) * WINDOW_TOKENS),
    );
  }).filter((window) => window.length > 1);
  if (limit === 0 || limit >= windows.length) return windows;
  return Array.from(
    { length: limit },
    (_, i) => windows[Math.floor((i * windows.length) / limit)]!,
  );
}

/**
 * The pre-tokenizer patterns of the byte-level BPE families, in the order they are applied: each
 * splits what the one before left, matched and unmatched runs alike becoming pieces. Names are those
 * of `tokenizer.ggml.pre`. Sources: the models' tokenizer.json, llama.cpp's vocabulary table.
 *
 * For all of them a word that ends before the text's end can only be changed by more text if it starts
 * in the trailing white space or at an apostrophe among the last two characters: besides the run they
 * match, they look at one character, at the white space that follows a line break's run, and at the
 * two letters of a contraction. `countStableWords` rests on this; a new pattern must keep it.
 */
const GPT2 = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

const withDigits = (digits: string) =>
  `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|${digits}` +
  '| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+';

/** Words keep their capitals in front: "HelloWORLD" is "Hello" and "WORLD". */
const UPPER = '[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]';
const LOWER = '[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]';
const TEKKEN =
  `[^\\r\\n\\p{L}\\p{N}]?${UPPER}*${LOWER}+|[^\\r\\n\\p{L}\\p{N}]?${UPPER}+${LOWER}*|\\p{N}` +
  '| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+';

export const SPLIT_PATTERNS = {
  default: ['[\\p{P}\\$\\+<=>\\^~\\|]+', GPT2, '\\p{N}+', '[0-9][0-9][0-9]'],
  'gpt-2': [GPT2],
  smollm: ['\\p{N}', GPT2],
  'llama-bpe': [withDigits('\\p{N}{1,3}')],
  qwen2: [withDigits('\\p{N}')],
  tekken: [TEKKEN],
} as const satisfies Record<string, readonly string[]>;

export type SplitPatternName = keyof typeof SPLIT_PATTERNS;

/** The pattern that a ByteLevel pre-tokenizer with `use_regex` means. */
export const BYTE_LEVEL_PATTERN = GPT2;

/** Patterns for which the claim above holds. */
export const LOCAL_PATTERNS: ReadonlySet<string> = new Set<string>([
  ...Object.values(SPLIT_PATTERNS).flat(),
  '\\p{N}+',
]);

import { toByteChars } from './byte-alphabet.ts';
import { BYTE_TOKENS } from './byte-tokens.ts';
import { createMergeWord } from './merge-word.ts';
import type { TokenizerTables } from './tokenizer-json.ts';

/** Words remembered, and the longest worth remembering (UTF-16 units). */
const MEMO_WORDS = 65_536;
const MEMO_WORD_CHARS = 64;
const UTF8 = new TextEncoder();

/** Tokens of one word, merged by BPE; memoized, the oldest forgotten first. */
export type WordEncoder = (word: string) => readonly number[];

/** Bytes the vocabulary lacks give the unknown token, or none where the model has none. */
export function createWordEncoder(tables: TokenizerTables): WordEncoder {
  const { ids, scheme, ignoreMerges } = tables;
  const merge = createMergeWord(tables.merges);
  const memo = new Map<string, readonly number[]>();
  const spell = (word: string) => {
    if (scheme.kind === 'metaspace') return word;
    const chars = toByteChars(word);
    return tables.unknownToken === null ? dropMissing(chars, tables) : chars;
  };
  const encode = (word: string) => {
    const spelled = spell(word);
    const whole = ignoreMerges ? ids.get(spelled) : undefined;
    if (whole !== undefined) return [whole];
    return merge([...spelled]).flatMap((piece) => ids.get(piece) ?? fallBack(piece, tables));
  };
  return (word) => {
    const known = memo.get(word);
    if (known !== undefined) return known;
    const tokens = encode(word);
    if (word.length <= MEMO_WORD_CHARS) {
      if (memo.size >= MEMO_WORDS) memo.delete(memo.keys().next().value!);
      memo.set(word, tokens);
    }
    return tokens;
  };
}

/** Of a piece that is no token: the tokens of its bytes, or else the unknown token, or none. */
function fallBack(piece: string, { scheme, ids, unknownToken }: TokenizerTables): number[] {
  if (scheme.kind === 'metaspace') {
    const bytes = Array.from(UTF8.encode(piece), (byte) => ids.get(BYTE_TOKENS[byte]!));
    if (bytes.every((id) => id !== undefined)) return bytes;
  }
  const unknown = unknownToken === null ? undefined : ids.get(unknownToken);
  return unknown === undefined ? [] : [unknown];
}

/** The reference forgets such bytes before it merges: their neighbours may join. */
function dropMissing(word: string, tables: TokenizerTables): string {
  let kept = '';
  for (const char of word) if (tables.ids.has(char)) kept += char;
  return kept;
}

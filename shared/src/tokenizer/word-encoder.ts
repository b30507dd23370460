import { toByteChars } from './byte-alphabet.ts';
import { BPE } from './libraries.ts';
import type { TokenizerTables } from './tokenizer-json.ts';

/** Words remembered, and the longest worth remembering (UTF-16 units). */
const MEMO_WORDS = 65_536;
const MEMO_WORD_CHARS = 64;

/** Tokens of one word, merged by BPE; memoized, the oldest forgotten first. */
export type WordEncoder = (word: string) => readonly number[];

/** Bytes the vocabulary lacks give the unknown token, or none where the model has none. */
export function createWordEncoder(tables: TokenizerTables): WordEncoder {
  const bpe = new BPE({
    type: 'BPE',
    vocab: tables.vocab,
    merges: tables.merges,
    ignore_merges: tables.ignoreMerges,
    unk_token: tables.unknownToken,
    byte_fallback: tables.scheme.kind === 'metaspace',
  });
  const memo = new Map<string, readonly number[]>();
  const spell = (word: string) => {
    if (tables.scheme.kind === 'metaspace') return word;
    const chars = toByteChars(word);
    return tables.unknownToken === null ? dropMissing(chars, tables) : chars;
  };
  const encode = (word: string) =>
    bpe.encode([spell(word)]).map((token) => bpe.tokens_to_ids.get(token)!);
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

/** The reference forgets such bytes before it merges, the library after: their neighbours may join. */
function dropMissing(word: string, tables: TokenizerTables): string {
  let kept = '';
  for (const char of word) if (Object.hasOwn(tables.vocab, char)) kept += char;
  return kept;
}

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
  const { vocab, scheme, ignoreMerges } = tables;
  const merge = createMergeWord(tables);
  const memo = new Map<string, readonly number[]>();
  const spell = (word: string) => {
    if (scheme.kind === 'metaspace') return word;
    const chars = toByteChars(word);
    return tables.unknownToken === null ? dropMissing(chars, tables) : chars;
  };
  const encode = (word: string) => {
    const spelled = spell(word);
    if (ignoreMerges && Object.hasOwn(vocab, spelled)) return [vocab[spelled]!];
    return merge([...spelled]).flatMap((piece) =>
      Object.hasOwn(vocab, piece) ? vocab[piece]! : fallBack(piece, tables),
    );
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
function fallBack(piece: string, { scheme, vocab, unknownToken }: TokenizerTables): number[] {
  if (scheme.kind === 'metaspace') {
    const tokens = Array.from(UTF8.encode(piece), (byte) => BYTE_TOKENS[byte]!);
    if (tokens.every((token) => Object.hasOwn(vocab, token))) {
      return tokens.map((token) => vocab[token]!);
    }
  }
  const hasUnknown = unknownToken !== null && Object.hasOwn(vocab, unknownToken);
  return hasUnknown ? [vocab[unknownToken]!] : [];
}

/** The reference forgets such bytes before it merges: their neighbours may join. */
function dropMissing(word: string, tables: TokenizerTables): string {
  let kept = '';
  for (const char of word) if (Object.hasOwn(tables.vocab, char)) kept += char;
  return kept;
}

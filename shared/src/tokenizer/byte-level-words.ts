import { compilePreTokenizer } from './pre-tokenizer.ts';
import { NO_STABLE_WORDS, type SectionWords } from './section-words.ts';
import { countStableWords } from './stable-words.ts';
import type { ByteScheme } from './text-scheme.ts';

/** Words of a byte-level tokenizer, after NFC where it wants that. */
export function byteLevelWords(scheme: ByteScheme): SectionWords {
  const { split, isLocal } = compilePreTokenizer(scheme.preTokenizer);
  const normalized = (text: string) => (scheme.nfc ? text.normalize('NFC') : text);
  return {
    split: (text) => split(normalized(text)),
    stable: (text) => {
      if (!isLocal) return NO_STABLE_WORDS;
      const settled = scheme.nfc ? settledStart(text) : text;
      // Where NFC changes what is settled, its words say nothing of the characters they cover.
      if (normalized(settled) !== settled) return NO_STABLE_WORDS;
      const all = split(settled);
      const words = all.slice(0, countStableWords(settled, all));
      return { words, chars: words.reduce((chars, word) => chars + word.length, 0) };
    },
  };
}

/**
 * The text before its last character below U+0300. Such characters start anew under NFC: nothing after
 * them changes what is before them, but marks that follow may still join them.
 */
function settledStart(text: string): string {
  let at = text.length - 1;
  while (at > 0 && text.charCodeAt(at) >= 0x300) at--;
  return text.slice(0, Math.max(0, at));
}

import type { MergeTable } from './merge-table.ts';
import { NO_STABLE_WORDS, type SectionWords } from './section-words.ts';
import { META_SPACE, type MetaSpaceScheme } from './text-scheme.ts';

/** Before every ▁; before those alone that follow another character. */
const EVERY_SPACE = /(?=▁)/u;
const SPACE_AFTER_WORD = /(?<=[^▁])(?=▁)/u;

/**
 * Words of a SentencePiece tokenizer: spaces become ▁, with one in front where the scheme says so. Such a
 * tokenizer merges within the whole text; where no merge joins a ▁ to what is before it (as in all models
 * trained to split at white space), cutting there gives the same tokens, and earlier words stay what they
 * are when the text grows.
 */
export function metaSpaceWords(scheme: MetaSpaceScheme, merges: MergeTable): SectionWords {
  const isLocal = scheme.cutsEverySpace || !merges.some(joinsSpace);
  const boundary = scheme.cutsEverySpace ? EVERY_SPACE : SPACE_AFTER_WORD;
  const spell = (text: string, isFirst: boolean) => {
    const spaced = text.replaceAll(' ', META_SPACE);
    return needsPrefix(scheme, spaced, isFirst) ? META_SPACE + spaced : spaced;
  };
  const split = (text: string, isFirst: boolean) => {
    const spelled = spell(text, isFirst);
    return isLocal ? spelled.split(boundary) : [spelled];
  };
  return {
    split,
    stable: (text, isFirst) => {
      const words = split(text, isFirst).slice(0, -1);
      if (words.length === 0) return NO_STABLE_WORDS;
      const spelled = words.reduce((chars, word) => chars + word.length, 0);
      return { words, chars: spelled - (spell(text, isFirst).length - text.length) };
    },
  };
}

/** Whether a merge that makes this token joins a ▁ to what is before it. */
function joinsSpace(made: string, rightAt: number): boolean {
  return made.startsWith(META_SPACE, rightAt) && !made.endsWith(META_SPACE, rightAt);
}

function needsPrefix({ prefix }: MetaSpaceScheme, spaced: string, isFirst: boolean): boolean {
  if (prefix === 'never' || (prefix === 'first' && !isFirst)) return false;
  return prefix === 'every' || !spaced.startsWith(META_SPACE);
}

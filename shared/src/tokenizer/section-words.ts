/** Leading words of a text, and how many of its UTF-16 units they are. */
export interface StableWords {
  readonly words: readonly string[];
  readonly chars: number;
}

/** Turns a run of plain text between added tokens into the words that BPE merges within. */
export interface SectionWords {
  /** `isFirst`: the prompt starts with this run. */
  split(text: string, isFirst: boolean): readonly string[];
  /** The words of a run that still grows which no continuation changes. */
  stable(text: string, isFirst: boolean): StableWords;
}

export const NO_STABLE_WORDS: StableWords = { words: [], chars: 0 };

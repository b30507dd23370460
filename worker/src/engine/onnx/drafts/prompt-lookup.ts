/** Occurrences of the last two tokens that are compared, the latest first. */
const OCCURRENCES_MAX = 8;
/** Tokens before them that are compared. */
const MATCH_MAX = 16;
/** Larger than any vocabulary; a pair of ids stays an exact number. */
const PAIR_BASE = 2 ** 24;

/**
 * Drafts how a text goes on: as it did where its last tokens stood before, which agents' texts do often, since they
 * quote their prompts (prompt lookup decoding; vLLM's `ngram` speculator). A draft costs at most
 * OCCURRENCES_MAX × MATCH_MAX comparisons; the text is indexed when the first is asked for.
 */
export class PromptLookup {
  private readonly tokens: number[];
  /** Where each pair of tokens stood last: the place behind it. */
  private readonly latest = new Map<number, number>();
  /** By such a place: that of the same pair before it; 0 where there is none. */
  private readonly earlier: number[] = [];
  /** Places that are in the index: all before this one. */
  private indexed = 2;

  constructor(prompt: Int32Array) {
    this.tokens = [...prompt];
  }

  add(token: number): void {
    this.tokens.push(token);
  }

  /** At most so many tokens that may come next; none where the last two never stood before. */
  draft(count: number): number[] {
    const { tokens } = this;
    const end = tokens.length;
    if (count <= 0 || end < 2) return [];
    this.index(end);
    const best = this.longestMatch(this.latest.get(this.pairBefore(end)) ?? 0, end);
    if (best === 0) return [];
    // What follows may be the draft itself: a text that repeats itself goes on doing so.
    const drafted: number[] = [];
    const known = end - best;
    for (let i = 0; i < count; i++) {
      drafted.push(i < known ? tokens[best + i]! : drafted[i - known]!);
    }
    return drafted;
  }

  /** Of the places from `place` on backwards, the one with the most tokens before it as before `end`; 0 for none. */
  private longestMatch(place: number, end: number): number {
    let best = 0;
    let longest = 0;
    for (let count = 0; place > 0 && count < OCCURRENCES_MAX && longest < MATCH_MAX; count++) {
      const length = this.matchLength(place, end);
      if (length > longest) {
        longest = length;
        best = place;
      }
      place = this.earlier[place]!;
    }
    return best;
  }

  private matchLength(place: number, end: number): number {
    const { tokens } = this;
    const most = Math.min(MATCH_MAX, place);
    let length = 2;
    while (length < most && tokens[place - 1 - length] === tokens[end - 1 - length]) length++;
    return length;
  }

  /** The places before `end`, which has nothing behind it yet. */
  private index(end: number): void {
    for (; this.indexed < end; this.indexed++) {
      const pair = this.pairBefore(this.indexed);
      this.earlier[this.indexed] = this.latest.get(pair) ?? 0;
      this.latest.set(pair, this.indexed);
    }
  }

  private pairBefore(place: number): number {
    return this.tokens[place - 2]! * PAIR_BASE + this.tokens[place - 1]!;
  }
}

import type { Fault } from '../errors/helium-error.ts';
import { isStringArray } from './json-shape.ts';

/** Tokens at their ids, and back. */
export interface Vocabulary {
  readonly tokens: readonly (string | undefined)[];
  readonly ids: ReadonlyMap<string, number>;
}

/** Two tokens that become one. */
type Merge = readonly [left: string, right: string];

/**
 * The merges of a BPE vocabulary, ranked as they are listed. They are found by the token that each makes, so that
 * nothing is hashed for them but that token, once, when they are read: a map of 49k pairs took 15 ms more.
 */
export class MergeTable {
  private readonly vocabulary: Vocabulary;
  /** By token id: the last merge that makes it, -1 for none. */
  private readonly lastOf: number[];
  /** By rank: the merge before it that makes the same token, -1 for none. */
  private readonly before: Int32Array;
  /** By rank: UTF-16 length of the left token. */
  private readonly leftChars: Int32Array;

  /** Of no merges yet; there will be `count`. */
  constructor(vocabulary: Vocabulary, count: number) {
    this.vocabulary = vocabulary;
    this.lastOf = vocabulary.tokens.map(() => -1);
    this.before = new Int32Array(count);
    this.leftChars = new Int32Array(count);
  }

  /** False where the vocabulary lacks the token that the merge makes. */
  add(rank: number, [left, right]: Merge): boolean {
    const id = this.vocabulary.ids.get(left + right);
    if (id === undefined) return false;
    this.leftChars[rank] = left.length;
    this.before[rank] = this.lastOf[id] ?? -1;
    this.lastOf[id] = rank;
    return true;
  }

  /** Undefined where there is no such merge; the last where it is listed twice. */
  rankOf(left: string, right: string): number | undefined {
    const id = this.vocabulary.ids.get(left + right);
    if (id === undefined) return undefined;
    for (let rank = this.lastOf[id] ?? -1; rank >= 0; rank = this.before[rank]!) {
      if (this.leftChars[rank] === left.length) return rank;
    }
    return undefined;
  }

  /** Whether the test holds for a merge, told as the token that it makes and where in that the right one begins. */
  some(test: (made: string, rightAt: number) => boolean): boolean {
    return this.lastOf.some((last, id) => {
      for (let rank = last; rank >= 0; rank = this.before[rank]!) {
        if (test(this.vocabulary.tokens[id]!, this.leftChars[rank]!)) return true;
      }
      return false;
    });
  }
}

/** Reads a tokenizer.json's merges, "a b" or ["a", "b"]; what is wrong with them goes to `faults`. */
export function readMerges(merges: unknown, vocabulary: Vocabulary, faults: Fault[]): MergeTable {
  if (!Array.isArray(merges)) {
    faults.push({ field: 'model.merges', message: 'must be a list' });
    return new MergeTable(vocabulary, 0);
  }
  const table = new MergeTable(vocabulary, merges.length);
  const read = isStringArray(merges) ? readText : readPair;
  merges.forEach((entry: unknown, rank) => {
    const merge = read(entry);
    if (merge !== undefined && table.add(rank, merge)) return;
    const message =
      merge === undefined
        ? 'must be two tokens'
        : `makes ${merge.join('')}, which the vocabulary lacks`;
    faults.push({ field: `model.merges[${rank}]`, message });
  });
  return table;
}

/** A merge written "a b", neither with a space; undefined where it is not two. */
function readText(entry: unknown): Merge | undefined {
  const text = entry as string;
  const at = text.indexOf(' ');
  const isPair = at >= 0 && text.indexOf(' ', at + 1) < 0;
  return isPair ? [text.slice(0, at), text.slice(at + 1)] : undefined;
}

/** The same of a list of two tokens. */
function readPair(entry: unknown): Merge | undefined {
  return isStringArray(entry) && entry.length === 2 ? [entry[0]!, entry[1]!] : undefined;
}

import { KeyedHeap } from '../collections/keyed-heap.ts';
import type { MergeTable } from './merge-table.ts';

/** Joins the pieces of a word, in place of neighbours what they make, until no merge applies. */
export type MergeWord = (pieces: readonly string[]) => readonly string[];

/**
 * BPE by its definition: again and again the pair of the lowest rank, of equal ones the leftmost.
 * O(n log n) for n pieces.
 */
export function createMergeWord(merges: MergeTable): MergeWord {
  return (pieces) => {
    if (pieces.length < 2) return pieces;
    const parts: (string | undefined)[] = [...pieces];
    const before = parts.map((_, at) => at - 1);
    const after = parts.map((_, at) => at + 1);
    // Places of pairs by their ranks; what became of another rank since, or of none, is passed over.
    const pairs = new KeyedHeap();
    const rankAt: (number | undefined)[] = [];
    const offer = (at: number) => {
      const [left, right] = [parts[at], parts[after[at]!]];
      const isPair = left !== undefined && right !== undefined;
      const rank = isPair ? merges.rankOf(left, right) : undefined;
      rankAt[at] = rank;
      if (rank !== undefined) pairs.push(rank, at);
    };
    for (let at = 0; at < parts.length - 1; at++) offer(at);
    for (let rank = pairs.peekKey(); rank !== undefined; rank = pairs.peekKey()) {
      const at = pairs.pop()!;
      if (rankAt[at] !== rank) continue;
      const gone = after[at]!;
      parts[at] = parts[at]! + parts[gone]!;
      parts[gone] = undefined;
      rankAt[gone] = undefined;
      after[at] = after[gone]!;
      before[after[at]!] = at;
      offer(at);
      if (before[at]! >= 0) offer(before[at]!);
    }
    return parts.filter((part) => part !== undefined);
  };
}

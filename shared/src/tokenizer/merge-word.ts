import type { TokenizerTables } from './tokenizer-json.ts';

/** Joins the pieces of a word, in place of neighbours what they make, until no merge applies. */
export type MergeWord = (pieces: readonly string[]) => readonly string[];

/**
 * BPE by its definition: again and again the pair of the lowest rank, of equal ones the leftmost. Cost:
 * O(n log n) for n pieces, and a map of the merges once, 15 ms for 49k.
 */
export function createMergeWord({ merges }: Pick<TokenizerTables, 'merges'>): MergeWord {
  const { ranks, keyOf } = readRanks(merges);
  return (pieces) => {
    if (pieces.length < 2) return pieces;
    const parts: (string | undefined)[] = [...pieces];
    const before = parts.map((_, at) => at - 1);
    const after = parts.map((_, at) => at + 1);
    const pairs: Pair[] = [];
    const offer = (at: number) => {
      const [left, right] = [parts[at], parts[after[at]!]];
      if (left === undefined || right === undefined) return;
      const rank = ranks.get(keyOf(left, right));
      if (rank !== undefined) push(pairs, { rank, at, left, right });
    };
    for (let at = 0; at < parts.length - 1; at++) offer(at);
    for (let pair = pop(pairs); pair !== undefined; pair = pop(pairs)) {
      const { at, left, right } = pair;
      const gone = after[at]!;
      // A piece of it has been joined with another meanwhile.
      if (parts[at] !== left || parts[gone] !== right) continue;
      parts[at] = left + right;
      parts[gone] = undefined;
      after[at] = after[gone]!;
      before[after[at]!] = at;
      offer(at);
      offer(before[at]!);
    }
    return parts.filter((part) => part !== undefined);
  };
}

function readRanks(merges: TokenizerTables['merges']) {
  const ranks = new Map<string, number>();
  if (typeof merges[0] === 'string') {
    // "a b": neither has a space.
    for (let rank = 0; rank < merges.length; rank++) ranks.set(merges[rank] as string, rank);
    return { ranks, keyOf: (left: string, right: string) => `${left} ${right}` };
  }
  const keyOf = (left: string, right: string) => `${left.length} ${left}${right}`;
  for (let rank = 0; rank < merges.length; rank++) {
    const [left, right] = merges[rank] as [string, string];
    ranks.set(keyOf(left, right), rank);
  }
  return { ranks, keyOf };
}

/** Two neighbours that a merge joins, the first of them at `at`. */
interface Pair {
  readonly rank: number;
  readonly at: number;
  readonly left: string;
  readonly right: string;
}

function isBefore(a: Pair, b: Pair): boolean {
  return a.rank === b.rank ? a.at < b.at : a.rank < b.rank;
}

/** `heap` is binary, the first pair on top. */
function push(heap: Pair[], pair: Pair): void {
  let at = heap.length;
  for (; at > 0; at = (at - 1) >> 1) {
    const parent = heap[(at - 1) >> 1]!;
    if (!isBefore(pair, parent)) break;
    heap[at] = parent;
  }
  heap[at] = pair;
}

function pop(heap: Pair[]): Pair | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return first;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
    if (child >= heap.length || !isBefore(heap[child]!, last)) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = last;
  return first;
}

import { HeliumError } from '@helium/shared';

/** llama.cpp's token types that merges may make, and that no text becomes. */
const NORMAL = 1;
const UNUSED = 5;

type Merge = readonly [left: string, right: string];

/**
 * The merges of a SentencePiece BPE vocabulary, which stores scores instead: every way to make a piece of
 * two others, the best piece first, as transformers' converter lists them. Throws MODEL_UNSUPPORTED, naming
 * the token, where an unused piece could be a step on the way to another.
 * Cost: O(pieces × length), some 100 ms for 32,000.
 */
export function mergesOfScores(
  path: string,
  tokens: readonly string[],
  scores: readonly number[],
  types: readonly number[],
): Merge[] {
  const ids = new Map(
    tokens.flatMap((token, id) => (types[id] === NORMAL ? [[token, id] as const] : [])),
  );
  const merges: { readonly merge: Merge; readonly score: number; readonly order: number[] }[] = [];
  tokens.forEach((token, id) => {
    if (types[id] !== NORMAL && types[id] !== UNUSED) return;
    for (const [left, right] of splitsOf(token)) {
      if (!ids.has(left) || !ids.has(right)) continue;
      if (types[id] === UNUSED) throw unusedPiece(path, token);
      merges.push({
        merge: [left, right],
        score: scores[id]!,
        order: [[...left].length, [...right].length, ids.get(left)!, ids.get(right)!],
      });
    }
  });
  // Descending by score and by the lengths; ids, ascending, only tell equals apart.
  merges.sort(
    (a, b) =>
      b.score - a.score ||
      b.order[0]! - a.order[0]! ||
      b.order[1]! - a.order[1]! ||
      a.order[2]! - b.order[2]! ||
      a.order[3]! - b.order[3]!,
  );
  return merges.map(({ merge }) => merge);
}

/** Every way to cut a token in two, between characters. */
function* splitsOf(token: string): Generator<Merge> {
  const chars = [...token];
  for (let at = 1; at < chars.length; at++) {
    yield [chars.slice(0, at).join(''), chars.slice(at).join('')];
  }
}

function unusedPiece(path: string, token: string): HeliumError {
  return new HeliumError(
    'MODEL_UNSUPPORTED',
    `${path}: tokenizer.ggml.token_type marks ${JSON.stringify(token)} unused, which other pieces are ` +
      `made of; such a vocabulary is not supported`,
  );
}

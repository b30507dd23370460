import type { CallNames } from './call-names.ts';
import type { ExplainedPool } from './explained-plan.ts';
import { measurePrompts, type SharedText, sharedText } from './shared-prefixes.ts';
import { counted, cut, grouped, onOneLine, share, wrap } from './text-layout.ts';

/** Texts that are looked at, and kinds of them that are shown. */
const TEXTS_MAX = 60;
const KINDS_MAX = 5;
const TEXT_CHARACTERS_MAX = 100;
/** Shorter pieces are roles and names. */
const PIECE_CHARACTERS_MIN = 16;

/** What the prompts of a model have in common: how much, which texts, whose. */
export function sayPrompts(pool: ExplainedPool, names: CallNames): string[] {
  const { staticTokens, distinctTokens, largest } = measurePrompts(pool.tree, TEXTS_MAX);
  const repeated = staticTokens - distinctTokens;
  const about = pool.decode === undefined ? 'about ' : '';
  const intro =
    `The ${counted(pool.tree.callCount, 'prompt')} for "${pool.model}" ${pool.tree.callCount === 1 ? 'holds' : 'hold'} ${about}` +
    `${counted(staticTokens, 'token')} of text that is known before the run.`;
  if (repeated === 0) return wrap(`${intro} No two of them begin alike.`);
  const kinds = kindsOf(largest, pool, names);
  const most = kinds.length === 0 ? '' : ' What repeats most:';
  return [
    ...wrap(
      `${intro} Many begin alike, and ${about}${grouped(repeated)} of these tokens ` +
        `(${share(repeated, staticTokens)}) repeat what another prompt begins with; a worker that has ` +
        `computed such a beginning (a prefix) keeps it for the next prompt.${most}`,
    ),
    ...kinds.slice(0, KINDS_MAX).flatMap((texts) => kindLines(texts, pool, names)),
  ];
}

/** Texts of prompts of the same shapes together; those that repeat most first. */
function kindsOf(
  largest: readonly SharedText[],
  { nodeOfKey }: ExplainedPool,
  names: CallNames,
): readonly (readonly SharedText[])[] {
  const kinds = new Map<string, SharedText[]>();
  for (const text of largest) {
    const shapes = text.calls.map((key) => names.shapeOf(nodeOfKey.get(key) ?? -1));
    const key = [...new Set(shapes)].sort((a, b) => a - b).join();
    const kind = kinds.get(key) ?? [];
    kind.push(text);
    kinds.set(key, kind);
  }
  return [...kinds.values()].sort((a, b) => repeatedBy(b) - repeatedBy(a));
}

function repeatedBy(texts: readonly SharedText[]): number {
  return texts.reduce((sum, { repeatedTokens }) => sum + repeatedTokens, 0);
}

function kindLines(
  texts: readonly SharedText[],
  { tree, nodeOfKey, decode }: ExplainedPool,
  names: CallNames,
): string[] {
  const calls = [...new Set(texts.flatMap((text) => text.calls))];
  const nodes = calls.flatMap((key) => nodeOfKey.get(key) ?? []);
  const isAll = calls.length === tree.callCount;
  const who = isAll ? `all ${calls.length} prompts` : names.operators(nodes, { patterns: 4 });
  const [first] = texts;
  const size =
    texts.length === 1
      ? `a text of ${counted(first?.tokens ?? 0, 'token')}`
      : `${texts.length} texts of ${range(texts.map(({ tokens }) => tokens))} tokens`;
  const lines = wrap(
    `${grouped(repeatedBy(texts))} tokens: ${size} in ${isAll ? who : `the prompts of ${who}`}`,
    '- ',
    '  ',
  );
  if (first === undefined || decode === undefined) return lines;
  return [...lines, `  "${quote(sharedText(tree, first.node, decode))}"`];
}

/** The first piece between special tokens that says something. */
function quote(text: string): string {
  const pieces = text.split(/<\|[^|]*\|>/).map((piece) => onOneLine(piece.trim()));
  const said = pieces.find((piece) => piece.length >= PIECE_CHARACTERS_MIN);
  return cut(said ?? onOneLine(text), TEXT_CHARACTERS_MAX);
}

function range(numbers: readonly number[]): string {
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
  return least === most ? grouped(least) : `${grouped(least)} to ${grouped(most)}`;
}

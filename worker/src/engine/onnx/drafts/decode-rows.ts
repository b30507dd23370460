import type { SampledTokens } from '../../sampled-tokens.ts';
import type { GraphForm } from '../graph/precision.ts';
import type { GraphRunner } from '../graph-runner.ts';
import type { DecodeSlab } from '../kv/decode-slab.ts';
import type { ModelGraphs } from '../model-graphs.ts';
import type { Sequence } from '../sequence.ts';
import { release } from '../session-values.ts';
import { chooseDrafts, DRAFT_MAX, STEP_COST, TOKENS_MAX } from './choose-drafts.ts';

/** What a vacant row is fed. */
const VACANT_TOKEN = 0;

/** A row's sequence, and whether it decodes: else it is computed with the others, and what it gets is dropped. */
export interface DecodeRow {
  readonly sequence: Sequence;
  readonly isWanted: boolean;
}

type Row = DecodeRow | undefined;

/** For each row the tokens that may follow its last. */
type Guesses = readonly (readonly number[])[];

/**
 * A decode step of a slab, a row for each of its own; undefined for a vacant one. Each wanted sequence gets a token,
 * and as many more as were guessed right.
 */
export async function decodeRows(
  { runner, scorer, form }: Pick<ModelGraphs, 'runner' | 'scorer' | 'form'>,
  slab: DecodeSlab,
  rows: readonly Row[],
  sampled: SampledTokens,
): Promise<void> {
  const run = await runRows(runner, slab, rows, guessRows(rows, slab, form));
  const { kv, head, guesses } = run;
  const taken = rows.map((row, index) => {
    if (row === undefined || !row.isWanted) return 0;
    const { sequence } = row;
    const first = run.rows.starts[index]!;
    sequence.countToken();
    sampled.add(sequence.slot, () => sequence.choose(scorer.scoresOf(head, first)));
    if (!sampled.hasToken(sequence.slot)) return 1;
    const guessed = guesses[index]!;
    const further = sequence.chooseAfter(guessed, (guess) =>
      scorer.scoresOf(head, first + guess + 1),
    );
    sampled.addFurther(sequence.slot, further, guessed.length);
    return 1 + further.length;
  });
  slab.append(kv, (row) => taken[row]!, run.rows);
  release(kv);
}

/** As many guesses as pay, see `chooseDrafts`. */
function guessRows(rows: readonly Row[], slab: DecodeSlab, form: GraphForm): Guesses {
  if (rows.length >= TOKENS_MAX) return rows.map(() => []);
  const guesses = rows.map((row, index) => {
    if (!row?.isWanted) return [];
    return row.sequence.guess(Math.min(DRAFT_MAX, slab.roomOf(index) - 1));
  });
  const drafts = guesses.map(({ length }, index) => ({
    tokens: length,
    hitRate: rows[index]?.sequence.hitRate.value ?? 0,
  }));
  const counts = chooseDrafts(drafts, form.stackedQueries ? STEP_COST.wide : STEP_COST.narrow);
  return guesses.map((tokens, index) => tokens.slice(0, counts[index]));
}

/**
 * Should a wrong guess be computed to something that is no number, its row's right tokens are not to suffer, which meet
 * it with weight 0: then nothing is guessed.
 */
async function runRows(
  runner: GraphRunner,
  slab: DecodeSlab,
  rows: readonly Row[],
  guesses: Guesses,
): Promise<Awaited<ReturnType<GraphRunner['decode']>> & { readonly guesses: Guesses }> {
  const tokens = rows.map((row, index) => [
    row?.sequence.lastToken ?? VACANT_TOKEN,
    ...guesses[index]!,
  ]);
  const output = await runner.decode(tokens, slab);
  const isGuessed = output.rows.width > 1;
  if (!isGuessed || output.head.hidden.every(Number.isFinite)) return { ...output, guesses };
  release(output.kv);
  return runRows(
    runner,
    slab,
    rows,
    rows.map(() => []),
  );
}

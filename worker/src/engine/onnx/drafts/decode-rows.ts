import type { SampledTokens } from '../../sampled-tokens.ts';
import type { GraphForm } from '../graph/precision.ts';
import type { GraphRunner } from '../graph-runner.ts';
import type { DecodeSlab } from '../kv/decode-slab.ts';
import type { ModelGraphs } from '../model-graphs.ts';
import type { Sequence } from '../sequence.ts';
import { release } from '../session-values.ts';
import { chooseWidth, ROW_COST, WIDTH_MAX } from './draft-width.ts';

/** What a vacant row is fed. */
const VACANT_TOKEN = 0;

/** A row's sequence, and whether it decodes: else it is computed with the others, and what it gets is dropped. */
export interface DecodeRow {
  readonly sequence: Sequence;
  readonly isWanted: boolean;
}

/** For each row of a slab the tokens that may follow its last; `width`: the longest of them, and one. */
interface RowGuesses {
  readonly guesses: readonly (readonly number[])[];
  readonly width: number;
}

/**
 * A decode step of a slab, a row for each of its own; undefined for a vacant one. Each wanted sequence gets a token, and
 * as many more as were guessed right.
 */
export async function decodeRows(
  { runner, scorer, form }: Pick<ModelGraphs, 'runner' | 'scorer' | 'form'>,
  slab: DecodeSlab,
  rows: readonly (DecodeRow | undefined)[],
  sampled: SampledTokens,
): Promise<void> {
  const { kv, head, guesses, width } = await run(runner, slab, rows, guessRows(rows, slab, form));
  const taken = rows.map((row, index) => {
    if (row === undefined || !row.isWanted) return 0;
    const { sequence } = row;
    const first = index * width;
    sequence.countToken();
    sampled.add(sequence.slot, () => sequence.choose(scorer.scoresOf(head, first)));
    if (!sampled.hasToken(sequence.slot)) return 1;
    const further = sequence.chooseAfter(guesses[index]!, (guess) =>
      scorer.scoresOf(head, first + guess + 1),
    );
    sampled.addFurther(sequence.slot, further, guesses[index]!.length);
    return 1 + further.length;
  });
  slab.append(kv, (row) => taken[row]!);
  release(kv);
}

/** As many guesses as pay, see `chooseWidth`. */
function guessRows(
  rows: readonly (DecodeRow | undefined)[],
  slab: DecodeSlab,
  form: GraphForm,
): RowGuesses {
  const rowCost = form.stackedQueries ? ROW_COST.wide : ROW_COST.narrow;
  const most = Math.min(WIDTH_MAX, slab.widthMax) - 1;
  const guesses = rows.map((row) => (row?.isWanted ? row.sequence.guess(most) : []));
  const drafts = rows.map((row, index) => ({
    tokens: guesses[index]!.length,
    hitRate: row?.sequence.hitRate.value ?? 0,
  }));
  const width = chooseWidth(rows.length, drafts, slab.widthMax, rowCost);
  return { guesses: guesses.map((tokens) => tokens.slice(0, width - 1)), width };
}

/**
 * Should a wrong guess be computed to something that is no number, its row's right tokens are not to suffer, which meet
 * it with weight 0: then nothing is guessed.
 */
async function run(
  runner: GraphRunner,
  slab: DecodeSlab,
  rows: readonly (DecodeRow | undefined)[],
  { guesses, width }: RowGuesses,
): Promise<RowGuesses & Awaited<ReturnType<GraphRunner['decode']>>> {
  const inputs = new Int32Array(rows.length * width).fill(VACANT_TOKEN);
  rows.forEach((row, index) => {
    if (row !== undefined) inputs.set([row.sequence.lastToken, ...guesses[index]!], index * width);
  });
  const { kv, head } = await runner.decode(inputs, slab, width);
  const isBroken = width > 1 && head.hidden.some((value) => !Number.isFinite(value));
  if (!isBroken) return { kv, head, guesses, width };
  release(kv);
  return run(runner, slab, rows, { guesses: rows.map(() => []), width: 1 });
}

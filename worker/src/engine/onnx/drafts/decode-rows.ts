import type { SampledTokens } from '../../sampled-tokens.ts';
import type { GraphRunner } from '../graph-runner.ts';
import type { DecodeSlab } from '../kv/decode-slab.ts';
import type { ModelGraphs } from '../model-graphs.ts';
import type { Sequence } from '../sequence.ts';
import { release } from '../session-values.ts';
import { chooseDrafts, DRAFT_MAX, type StepCost, TOKENS_MAX } from './choose-drafts.ts';

/** What a vacant row is fed. */
const VACANT_TOKEN = 0;

/** A row's sequence, and whether it decodes: else it is computed with the others, and what it gets is dropped. */
export interface DecodeRow {
  readonly sequence: Sequence;
  readonly isWanted: boolean;
}

type Row = DecodeRow | undefined;

/** For each row the draft tokens behind its last. */
type Drafts = readonly (readonly number[])[];

/**
 * A decode step of a slab, a row for each of its own; undefined for a vacant one. Each wanted sequence gets a token,
 * and as many more as its draft has right.
 */
export async function decodeRows(
  { runner, scorer, stepCost }: Pick<ModelGraphs, 'runner' | 'scorer' | 'stepCost'>,
  slab: DecodeSlab,
  rows: readonly Row[],
  sampled: SampledTokens,
): Promise<void> {
  const run = await runRows(runner, slab, rows, draftRows(rows, slab, stepCost));
  const { kv, head, drafts } = run;
  const taken = rows.map((row, index) => {
    if (row === undefined || !row.isWanted) return 0;
    const { sequence } = row;
    const first = run.rows.starts[index]!;
    const scoresAt = (place: number) => scorer.scoresOf(head, first + place);
    sampled.add(sequence.slot, () => sequence.goOn(scoresAt(0)));
    if (!sampled.hasToken(sequence.slot)) return 0;
    const draft = drafts[index]!;
    const further = sequence.goOnWith(draft, (place) => scoresAt(place + 1));
    sampled.addFurther(sequence.slot, further, draft.length);
    return 1 + further.length;
  });
  slab.append(kv, (row) => taken[row]!, run.rows);
  release(kv);
}

/** As many draft tokens as pay, see `chooseDrafts`. */
function draftRows(rows: readonly Row[], slab: DecodeSlab, cost: StepCost): Drafts {
  if (rows.length >= TOKENS_MAX) return rows.map(() => []);
  const drafts = rows.map((row, index) => {
    if (!row?.isWanted) return [];
    return row.sequence.draft(Math.min(DRAFT_MAX, slab.roomOf(index) - 1));
  });
  const candidates = drafts.map(({ length }, index) => ({
    tokens: length,
    acceptanceRate: rows[index]?.sequence.acceptanceRate.value ?? 0,
  }));
  const counts = chooseDrafts(candidates, cost);
  return drafts.map((tokens, index) => tokens.slice(0, counts[index]));
}

/**
 * Should a rejected draft token be computed to something that is no number, the row's own tokens are not to suffer, which
 * meet it with weight 0: then the step has no drafts.
 */
async function runRows(
  runner: GraphRunner,
  slab: DecodeSlab,
  rows: readonly Row[],
  drafts: Drafts,
): Promise<Awaited<ReturnType<GraphRunner['decode']>> & { readonly drafts: Drafts }> {
  const tokens = rows.map((row, index) => [
    row?.sequence.lastToken ?? VACANT_TOKEN,
    ...drafts[index]!,
  ]);
  const output = await runner.decode(tokens, slab);
  const hasDrafts = output.rows.width > 1;
  if (!hasDrafts || output.head.hidden.every(Number.isFinite)) return { ...output, drafts };
  release(output.kv);
  return runRows(
    runner,
    slab,
    rows,
    rows.map(() => []),
  );
}

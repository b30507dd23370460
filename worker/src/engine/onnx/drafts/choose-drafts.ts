/** Draft tokens of a row in a step at most: behind so many that are accepted, one more hardly pays. */
export const DRAFT_MAX = 7;

/** Tokens of a step with drafts at most: of more, costs were not measured. */
export const TOKENS_MAX = 32;

/** What a decode step costs, its fixed part being 1. Only what is computed depends on it, never what comes out. */
export interface StepCost {
  /** A token. */
  readonly token: number;
  /** A place of attention that is computed for no token, because another row has more of them. */
  readonly padding: number;
}

/**
 * By the width of matrix kernels, SmolLM2-135M on two threads: 12 ms and 1 ms a token with 512 bits, 12.5 and 2.6 with
 * 256, of which attention takes a fifth.
 */
export const STEP_COST = {
  wide: { token: 0.09, padding: 0.02 },
  narrow: { token: 0.2, padding: 0.03 },
} as const satisfies Record<string, StepCost>;

/** What a row may go on with: how many tokens, and the chance of each to be accepted where those before it are. */
export interface Draft {
  readonly tokens: number;
  readonly acceptanceRate: number;
}

/** Of each row's draft as many tokens as let the step yield the most for its time. */
export function chooseDrafts(drafts: readonly Draft[], cost: StepCost): readonly number[] {
  const rows = drafts.length;
  let best: Choice = { chosen: [], yielded: rows / (1 + cost.token * rows) };
  const longest = drafts.reduce((most, { tokens }) => Math.max(most, tokens), 0);
  for (let depth = 1; depth <= Math.min(DRAFT_MAX, longest); depth++) {
    const fixed = 1 + cost.padding * rows * depth;
    const likely = likeliestTokens(drafts, depth).slice(0, Math.max(0, TOKENS_MAX - rows));
    let expected = rows;
    likely.forEach(({ chance }, index) => {
      expected += chance;
      const yielded = expected / (fixed + cost.token * (rows + index + 1));
      if (yielded > best.yielded) best = { chosen: likely.slice(0, index + 1), yielded };
    });
  }
  const counts = drafts.map(() => 0);
  for (const { row } of best.chosen) counts[row]!++;
  return counts;
}

interface Choice {
  readonly chosen: readonly DraftToken[];
  /** Tokens for a unit of time. */
  readonly yielded: number;
}

interface DraftToken {
  readonly row: number;
  readonly chance: number;
}

/** The first `depth` tokens of each draft, likeliest first: none before one that must be accepted for it to count. */
function likeliestTokens(drafts: readonly Draft[], depth: number): readonly DraftToken[] {
  const all: DraftToken[] = [];
  for (const [row, { tokens, acceptanceRate }] of drafts.entries()) {
    let chance = 1;
    for (let i = 0; i < Math.min(tokens, depth); i++) {
      chance *= acceptanceRate;
      all.push({ row, chance });
    }
  }
  return all.sort((a, b) => b.chance - a.chance);
}

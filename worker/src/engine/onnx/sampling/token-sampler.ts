import { HeliumError, hasPenalty, type Sampling } from '@helium/shared';
import type {
  AllowedTokens,
  SampledLogprob,
  SampledToken,
  SequenceBegin,
  TokenConstraint,
} from '../../../batching/step-executor.ts';
import { likeliest, logSumExp } from './log-probabilities.ts';
import { chooseToken, rankTokens, type ScoredToken, uniformAt } from './token-choice.ts';
import { TokenHistory } from './token-history.ts';

/** One position's logits, as far as they are asked for: exact, and a function of its hidden state alone. */
export interface PositionScores {
  /** The head's best tokens with their logits, at most so many; cheap. */
  candidates(count: number): readonly ScoredToken[];
  /** Of one token. */
  of(token: number): number;
  /** Of the whole vocabulary, by id; expensive, computed once. */
  all(): Float64Array;
}

type Sampled = Pick<SequenceBegin, 'sampling' | 'prompt' | 'logprobs' | 'constraint'>;

/** Candidates whose logits are computed for a plain greedy choice. */
const GREEDY_CANDIDATES = 8;

/** Tokens that any other choice is made from: what the head proposes. */
const CANDIDATES = 64;

/** So few allowed tokens are all scored, and the head's candidates not asked. */
const FEW_ALLOWED = 256;

/**
 * Chooses the tokens of one sequence. Each choice is a function of the position's logits, of the
 * sequence's own past and of its seed: who else is in the batch has no part in it.
 *
 * Choices are made among the head's candidates that are allowed. Penalties only take away, so that a
 * token beyond the candidates can win only where the best of these has fallen below the least
 * candidate, or none is allowed: then all logits are computed.
 */
export class TokenSampler {
  private readonly sampling: Sampling & { readonly seed: bigint };
  private readonly logprobs: number | undefined;
  private readonly history: TokenHistory | undefined;
  /** Its own: who gave it tells it later which tokens were taken. */
  private readonly constraint: TokenConstraint | undefined;
  /** Chosen, and the constraint does not know. */
  private untold: number | undefined;

  /** `seed`: for sampling that brings none. */
  constructor({ sampling, prompt, logprobs, constraint }: Sampled, seed: bigint) {
    this.sampling = { ...sampling, seed: sampling.seed ?? seed };
    this.logprobs = logprobs;
    this.constraint = constraint?.fork();
    this.history = hasPenalty(sampling)
      ? new TokenHistory(sampling, prompt ?? new Int32Array())
      : undefined;
  }

  /**
   * The token at `position`, and remembers it. Throws ENGINE_FAILED where logits are not numbers, and
   * what the constraint throws.
   */
  choose(scores: PositionScores, position: number): SampledToken {
    this.goesOn();
    const ranked = this.rank(scores, position);
    const token = chooseToken(ranked, this.sampling, uniformAt(this.sampling.seed, position));
    this.history?.add(token);
    this.untold = token;
    const { logprobs } = this;
    return logprobs === undefined
      ? { token }
      : { token, logprob: logprobOf(token, scores.all(), logprobs) };
  }

  /** Whether the constraint lets the text go on after the token chosen last. */
  goesOn(): boolean {
    const { constraint, untold } = this;
    if (constraint === undefined) return true;
    if (untold !== undefined && !constraint.push(untold)) return false;
    this.untold = undefined;
    return !constraint.isComplete;
  }

  /** Tokens that are likely to come next because the constraint leaves no other text. */
  forced(): readonly number[] {
    return this.goesOn() ? (this.constraint?.forced() ?? []) : [];
  }

  /** What to choose from, best first. */
  private rank(scores: PositionScores, position: number): readonly ScoredToken[] {
    const { history } = this;
    const allowed = this.constraint?.allowed();
    const few = allowed?.few(FEW_ALLOWED);
    if (few !== undefined) {
      const scored = few.map((id) => ({ id, logit: scores.of(id) }));
      checkNumbers(scored, position);
      return rankPenalized(scored, history);
    }
    const isPlain =
      this.sampling.temperature === 0 && history === undefined && allowed === undefined;
    const candidates = scores.candidates(isPlain ? GREEDY_CANDIDATES : CANDIDATES);
    checkNumbers(candidates, position);
    const ranked = rankPenalized(onlyAllowed(candidates, allowed), history);
    const least = Math.min(...candidates.map(({ logit }) => logit));
    if (ranked.length > 0 && ranked[0]!.logit >= least) return ranked;
    return rankAll(scores.all(), allowed, history);
  }
}

/** What to choose from where the candidates do not do, of all logits. */
function rankAll(
  logits: Float64Array,
  allowed: AllowedTokens | undefined,
  history: TokenHistory | undefined,
): readonly ScoredToken[] {
  const penalized = logits.map((logit, id) => {
    if (allowed?.has(id) === false) return Number.NEGATIVE_INFINITY;
    return history?.penalize(id, logit) ?? logit;
  });
  const best = likeliest(penalized, CANDIDATES).map((id) => ({ id, logit: penalized[id]! }));
  return onlyAllowed(best, allowed);
}

function onlyAllowed(
  tokens: readonly ScoredToken[],
  allowed: AllowedTokens | undefined,
): readonly ScoredToken[] {
  return allowed === undefined ? tokens : tokens.filter(({ id }) => allowed.has(id));
}

function rankPenalized(
  tokens: readonly ScoredToken[],
  history: TokenHistory | undefined,
): readonly ScoredToken[] {
  if (history === undefined) return rankTokens(tokens);
  return rankTokens(tokens.map(({ id, logit }) => ({ id, logit: history.penalize(id, logit) })));
}

function logprobOf(token: number, logits: Float64Array, count: number): SampledLogprob {
  const total = logSumExp(logits);
  const top = likeliest(logits, count).map((id) => ({ token: id, logprob: logits[id]! - total }));
  return { logprob: logits[token]! - total, top };
}

function checkNumbers(tokens: readonly ScoredToken[], position: number): void {
  const bad = tokens.find(({ logit }) => !Number.isFinite(logit));
  if (bad === undefined) return;
  throw new HeliumError(
    'ENGINE_FAILED',
    `logits at position ${position} are not numbers: token ${bad.id} has ${bad.logit}`,
    { details: { position } },
  );
}

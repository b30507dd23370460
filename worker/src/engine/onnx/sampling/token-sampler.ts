import { HeliumError, hasPenalty, type Sampling } from '@helium/shared';
import type { SampledLogprob, SequenceBegin } from '../../../batching/step-executor.ts';
import { likeliest, logSumExp } from './log-probabilities.ts';
import { chooseToken, rankTokens, type ScoredToken, uniformAt } from './token-choice.ts';
import { TokenHistory } from './token-history.ts';

/** One position's logits, as far as they are asked for: exact, and a function of its hidden state alone. */
export interface PositionScores {
  /** The head's best tokens with their logits, at most so many; cheap. */
  candidates(count: number): readonly ScoredToken[];
  /** Of the whole vocabulary, by id; expensive, computed once. */
  all(): Float64Array;
}

/** A token chosen, with its log probability where that is wanted. */
export interface SampledToken {
  readonly token: number;
  readonly logprob?: SampledLogprob;
}

/** Candidates whose logits are computed for a plain greedy choice. */
const GREEDY_CANDIDATES = 8;

/** Tokens that a choice by chance, or one with penalties, is made from: what the head proposes. */
const CANDIDATES = 64;

/**
 * Chooses the tokens of one sequence. Each choice is a function of the position's logits, of the
 * sequence's own past and of its seed: who else is in the batch has no part in it.
 *
 * Choices are made among the head's candidates. Penalties only take away, so that a token beyond the
 * candidates can win only where the best penalized candidate has fallen below the least of them:
 * then all logits are computed.
 */
export class TokenSampler {
  private readonly sampling: Sampling & { readonly seed: bigint };
  private readonly logprobs: number | undefined;
  private readonly history: TokenHistory | undefined;

  /** `seed`: for sampling that brings none. */
  constructor(
    { sampling, prompt, logprobs }: Pick<SequenceBegin, 'sampling' | 'prompt' | 'logprobs'>,
    seed: bigint,
  ) {
    this.sampling = { ...sampling, seed: sampling.seed ?? seed };
    this.logprobs = logprobs;
    this.history = hasPenalty(sampling)
      ? new TokenHistory(sampling, prompt ?? new Int32Array())
      : undefined;
  }

  /** The token at `position`, and remembers it. Throws ENGINE_FAILED where logits are not numbers. */
  choose(scores: PositionScores, position: number): SampledToken {
    const ranked = this.rank(scores, position);
    const token = chooseToken(ranked, this.sampling, uniformAt(this.sampling.seed, position));
    this.history?.add(token);
    const { logprobs } = this;
    return logprobs === undefined
      ? { token }
      : { token, logprob: logprobOf(token, scores.all(), logprobs) };
  }

  private rank(scores: PositionScores, position: number): readonly ScoredToken[] {
    const { history } = this;
    const isPlain = this.sampling.temperature === 0 && history === undefined;
    const candidates = scores.candidates(isPlain ? GREEDY_CANDIDATES : CANDIDATES);
    checkNumbers(candidates, position);
    if (history === undefined) return rankTokens(candidates);
    const penalized = penalize(candidates, history);
    const least = Math.min(...candidates.map(({ logit }) => logit));
    if (penalized[0]!.logit >= least) return penalized;
    const all = Array.from(scores.all(), (logit, id) => ({ id, logit }));
    return penalize(all, history).slice(0, CANDIDATES);
  }
}

function penalize(tokens: readonly ScoredToken[], history: TokenHistory): ScoredToken[] {
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

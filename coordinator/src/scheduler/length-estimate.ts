/**
 * What is known of an operator's output lengths: Welford's running moments, in tokens. Plain JSON.
 */
export interface LengthProfile {
  readonly count: number;
  readonly mean: number;
  /** Sum of squared deviations from the mean. */
  readonly squares: number;
  readonly longest: number;
}

/** What the author said of an operator; used until there are observations, then ever less. */
export interface LengthPrior {
  /** The author's guess of mean output tokens. */
  readonly expectedTokens?: number;
  /** Where generation is cut off. */
  readonly maxTokens: number;
}

export interface LengthEstimate {
  /** Tokens; from 1 to the operator's maxTokens. */
  readonly mean: number;
  /** Standard deviation, tokens. */
  readonly spread: number;
}

export const EMPTY_PROFILE: LengthProfile = { count: 0, mean: 0, squares: 0, longest: 0 };

/** A guess counts as much as this many observations. */
const PRIOR_WEIGHT = 2;
/** Spread of a guess over its mean: that of the paper's published profiles, roughly. */
const PRIOR_SPREAD = 0.3;
/** Share of maxTokens that an operator uses of which nothing is known. */
const UNKNOWN_SHARE = 0.5;

/** The profile after one more output of that many tokens. Welford's update. */
export function observeLength(profile: LengthProfile, tokens: number): LengthProfile {
  const count = profile.count + 1;
  const deviation = tokens - profile.mean;
  const mean = profile.mean + deviation / count;
  return {
    count,
    mean,
    squares: profile.squares + deviation * (tokens - mean),
    longest: Math.max(profile.longest, tokens),
  };
}

/** Observations and the author's guess weighed together. */
export function estimateLength(profile: LengthProfile, prior: LengthPrior): LengthEstimate {
  const guess = Math.min(prior.expectedTokens ?? prior.maxTokens * UNKNOWN_SHARE, prior.maxTokens);
  const weight = profile.count + PRIOR_WEIGHT;
  const mean = (profile.mean * profile.count + guess * PRIOR_WEIGHT) / weight;
  const guessed = (PRIOR_SPREAD * guess) ** 2;
  const variance = (profile.squares + guessed * PRIOR_WEIGHT) / weight;
  return {
    mean: Math.min(prior.maxTokens, Math.max(1, mean)),
    spread: Math.sqrt(variance),
  };
}

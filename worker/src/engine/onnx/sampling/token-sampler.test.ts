import { GREEDY, type Sampling } from '@helium/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseToken, rankTokens, uniformAt } from './token-choice.ts';
import { TokenHistory } from './token-history.ts';
import { type PositionScores, TokenSampler } from './token-sampler.ts';

const VOCAB = 200;

/** Scores of a vocabulary, and how often all of them were asked for. */
function scoresOf(logits: readonly number[]): PositionScores & { readonly asked: () => number } {
  let asked = 0;
  const ranked = rankTokens(logits.map((logit, id) => ({ id, logit })));
  return {
    candidates: (count) => ranked.slice(0, Math.min(count, 64)),
    of: (token) => logits[token]!,
    all: () => {
      asked++;
      return Float64Array.from(logits);
    },
    asked: () => asked,
  };
}

const logits = fc.array(fc.double({ min: -20, max: 20, noNaN: true }), {
  minLength: VOCAB,
  maxLength: VOCAB,
});
const prompts = fc.array(fc.nat(VOCAB - 1), { maxLength: 150 }).map((ids) => Int32Array.from(ids));
const penalties = fc.record({
  repetitionPenalty: fc.double({ min: 1, max: 2, noNaN: true }),
  presencePenalty: fc.double({ min: 0, max: 2, noNaN: true }),
  frequencyPenalty: fc.double({ min: 0, max: 2, noNaN: true }),
});

describe('TokenSampler', () => {
  it('chooses with penalties what a ranking of the whole vocabulary gives', () => {
    fc.assert(
      fc.property(
        fc.array(logits, { minLength: 1, maxLength: 4 }),
        prompts,
        penalties,
        (steps, prompt, some) => {
          const sampling: Sampling = { ...GREEDY, ...some };
          const sampler = new TokenSampler({ sampling, prompt }, 0n);
          const history = new TokenHistory(sampling, prompt);
          steps.forEach((step, position) => {
            const whole = step.map((logit, id) => ({ id, logit: history.penalize(id, logit) }));
            const best = rankTokens(whole)[0]!.id;
            expect(sampler.choose(scoresOf(step), position).token).toBe(best);
            history.add(best);
          });
        },
      ),
    );
  });

  it('asks for the whole vocabulary only where the candidates may not hold the best', () => {
    const step = Array.from({ length: VOCAB }, (_, id) => 10 - id / 100);
    const some = { ...GREEDY, repetitionPenalty: 2 };
    const rare = scoresOf(step);
    new TokenSampler({ sampling: some, prompt: Int32Array.of(0, 1) }, 0n).choose(rare, 0);
    expect(rare.asked()).toBe(0);
    const common = scoresOf(step);
    const prompt = Int32Array.from({ length: 100 }, (_, id) => id);
    expect(new TokenSampler({ sampling: some, prompt }, 0n).choose(common, 0).token).toBe(100);
    expect(common.asked()).toBe(1);
  });

  it('draws by seed and position as the choice among candidates does', () => {
    fc.assert(
      fc.property(
        logits,
        fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        fc.nat(99),
        (step, seed, at) => {
          const sampling = { temperature: 0.9, topK: 0, topP: 0.95, seed };
          const scores = scoresOf(step);
          const { token } = new TokenSampler({ sampling }, 1n).choose(scores, at);
          expect(token).toBe(chooseToken(scores.candidates(64), sampling, uniformAt(seed, at)));
        },
      ),
    );
  });

  it('tells log probabilities of the whole distribution, likeliest first', () => {
    fc.assert(
      fc.property(logits, fc.nat(20), (step, count) => {
        const sampler = new TokenSampler({ sampling: GREEDY, logprobs: count }, 0n);
        const { token, logprob } = sampler.choose(scoresOf(step), 0);
        const total = Math.log(step.reduce((sum, logit) => sum + Math.exp(logit), 0));
        const ranked = rankTokens(step.map((logit, id) => ({ id, logit })));
        expect(logprob!.logprob).toBeCloseTo(step[token]! - total, 9);
        expect(logprob!.top.map((each) => each.token)).toEqual(
          ranked.slice(0, count).map(({ id }) => id),
        );
      }),
    );
  });

  it('names the position where logits are not numbers', () => {
    const step = Array.from({ length: VOCAB }, () => Number.NaN);
    const choose = () => new TokenSampler({ sampling: GREEDY }, 0n).choose(scoresOf(step), 7);
    expect(choose).toThrow('logits at position 7 are not numbers: token 0 has NaN');
  });
});

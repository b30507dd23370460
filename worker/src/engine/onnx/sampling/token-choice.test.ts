import { GREEDY } from '@helium/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseToken, rankTokens, type ScoredToken, uniformAt } from './token-choice.ts';

const tokens = fc
  .uniqueArray(
    fc.record({
      id: fc.nat(10_000),
      logit: fc.double({ min: -50, max: 50, noNaN: true }),
    }),
    { minLength: 1, maxLength: 64, selector: ({ id }) => id },
  )
  .map(rankTokens);
const uniforms = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const samplings = fc.record({
  temperature: fc.double({ min: 0.05, max: 5, noNaN: true }),
  topK: fc.nat(80),
  topP: fc.double({ min: 0.01, max: 1, noNaN: true }),
  minP: fc.double({ min: 0, max: 1, noNaN: true }),
});

describe('rankTokens', () => {
  it('puts the best first and settles ties by the smaller id', () => {
    const ranked = rankTokens([
      { id: 9, logit: 1 },
      { id: 4, logit: 3 },
      { id: 7, logit: 1 },
    ]);
    expect(ranked.map(({ id }) => id)).toEqual([4, 7, 9]);
  });

  it('gives one order whatever the order of its input', () => {
    fc.assert(
      fc.property(tokens, (ranked) => {
        expect(rankTokens(ranked.toReversed())).toEqual(ranked);
      }),
    );
  });
});

describe('chooseToken', () => {
  it('takes the best when greedy, whatever the draw', () => {
    fc.assert(
      fc.property(tokens, uniforms, (ranked, uniform) => {
        expect(chooseToken(ranked, GREEDY, uniform)).toBe(ranked[0]!.id);
      }),
    );
  });

  it('takes the best when top-k is 1, or top-p next to nothing', () => {
    fc.assert(
      fc.property(tokens, uniforms, (ranked, uniform) => {
        const one = { temperature: 1, topK: 1, topP: 1 };
        const narrow = { temperature: 1, topK: 0, topP: 1e-9 };
        expect(chooseToken(ranked, one, uniform)).toBe(ranked[0]!.id);
        expect(chooseToken(ranked, narrow, uniform)).toBe(ranked[0]!.id);
      }),
    );
  });

  it('stays among the top k, and never takes a token that top-p or min-p leaves out', () => {
    fc.assert(
      fc.property(tokens, samplings, uniforms, (ranked, sampling, uniform) => {
        const chosen = ranked.findIndex(({ id }) => id === chooseToken(ranked, sampling, uniform));
        const top = ranked.slice(0, sampling.topK || ranked.length);
        expect(chosen).toBeLessThan(top.length);
        const shift = ranked[0]!.logit / sampling.temperature;
        const weight = ({ logit }: ScoredToken) => Math.exp(logit / sampling.temperature - shift);
        const kept = top.filter((token) => weight(token) >= sampling.minP - 1e-12);
        // The tokens before the chosen one had not reached top-p yet.
        const total = kept.reduce((sum, token) => sum + weight(token), 0);
        const before = kept.slice(0, chosen).reduce((sum, token) => sum + weight(token), 0);
        expect(before / total).toBeLessThanOrEqual(sampling.topP + 1e-9);
        expect(weight(kept[chosen]!) / weight(kept[0]!)).toBeGreaterThanOrEqual(
          sampling.minP - 1e-9,
        );
      }),
    );
  });

  it('draws each token in proportion to its probability', () => {
    const ranked = rankTokens([
      { id: 1, logit: Math.log(5) },
      { id: 2, logit: Math.log(3) },
      { id: 3, logit: Math.log(2) },
    ]);
    const all = { temperature: 1, topK: 0, topP: 1 };
    const draws = Array.from({ length: 10 }, (_, i) => chooseToken(ranked, all, (i + 0.5) / 10));
    expect(draws).toEqual([1, 1, 1, 1, 1, 2, 2, 2, 3, 3]);
  });
});

describe('uniformAt', () => {
  it('is a function of seed and position, in [0, 1)', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.nat(9000), (seed, position) => {
        const uniform = uniformAt(seed, position);
        expect(uniform).toBe(uniformAt(seed, position));
        expect(uniform).toBeGreaterThanOrEqual(0);
        expect(uniform).toBeLessThan(1);
      }),
    );
  });

  it('is spread evenly over the positions of a sequence', () => {
    const counts = new Array<number>(10).fill(0);
    for (let position = 0; position < 10_000; position++) {
      const bin = Math.floor(uniformAt(42n, position) * 10);
      counts[bin]!++;
    }
    // Five standard deviations of a fair count.
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});

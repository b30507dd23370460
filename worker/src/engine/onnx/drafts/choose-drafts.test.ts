import { describe, expect, it } from 'vitest';
import { AcceptanceRate } from './acceptance-rate.ts';
import { chooseDrafts, DRAFT_MAX, type Draft, STEP_COST } from './choose-drafts.ts';

const often = { tokens: 7, acceptanceRate: 0.95 };
const seldom = { tokens: 7, acceptanceRate: 0.05 };
const none = { tokens: 0, acceptanceRate: 0.95 };

describe('chooseDrafts', () => {
  const choose = (drafts: readonly Draft[]) => chooseDrafts(drafts, STEP_COST.narrow);
  const all = (rows: number, draft: Draft) => new Array<Draft>(rows).fill(draft);
  const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);

  it('takes nothing of a row without a draft, or with one that is seldom accepted', () => {
    expect(choose([])).toEqual([]);
    expect(choose([none])).toEqual([0]);
    expect(choose([seldom])).toEqual([0]);
    expect(choose(all(8, seldom))).toEqual(new Array(8).fill(0));
  });

  it('takes all of a good draft', () => {
    expect(choose([often])).toEqual([DRAFT_MAX]);
    expect(choose([{ tokens: 2, acceptanceRate: 0.95 }])).toEqual([2]);
  });

  it('takes less of a draft that fails sooner, and the more rows there are', () => {
    const rates = [0.05, 0.3, 0.6, 0.8, 0.95];
    const byRate = rates.map((acceptanceRate) => choose([{ tokens: 7, acceptanceRate }])[0]!);
    expect(byRate).toEqual(byRate.toSorted((a, b) => a - b));
    const byRows = [1, 2, 4, 8, 16, 32].map((rows) => sum(choose(all(rows, often))) / rows);
    expect(byRows).toEqual(byRows.toSorted((a, b) => b - a));
    expect(byRows.at(-1)).toBe(0);
  });

  it('takes of each row what is likely enough, and lets no other have more for it', () => {
    expect(choose([often, seldom, none, seldom])).toEqual([expect.any(Number), 0, 0, 0]);
    const [first, , , last] = choose([often, none, seldom, { tokens: 7, acceptanceRate: 0.7 }]);
    expect(first).toBeGreaterThan(last!);
  });

  it('chooses as a search of all choices does', () => {
    const cost = { token: 0.15, padding: 0.03 };
    for (const rates of [
      [0.9, 0.5],
      [0.8, 0.8, 0.3],
      [0.95, 0.1, 0.6],
    ]) {
      const drafts = rates.map((acceptanceRate) => ({ tokens: 4, acceptanceRate }));
      const chosen = chooseDrafts(drafts, cost);
      const best = Math.max(...everyChoice(drafts).map((counts) => yieldOf(drafts, counts, cost)));
      expect(yieldOf(drafts, chosen, cost)).toBeCloseTo(best, 12);
    }
  });
});

function everyChoice(drafts: readonly Draft[]): number[][] {
  return drafts.reduce<number[][]>(
    (choices, { tokens }) =>
      choices.flatMap((counts) =>
        Array.from({ length: tokens + 1 }, (_, count) => [...counts, count]),
      ),
    [[]],
  );
}

function yieldOf(
  drafts: readonly Draft[],
  counts: readonly number[],
  cost: { readonly token: number; readonly padding: number },
): number {
  let [expected, tokens] = [0, 0];
  for (const [row, count] of counts.entries()) {
    for (let i = 0; i <= count; i++) expected += drafts[row]!.acceptanceRate ** i;
    tokens += count + 1;
  }
  const padding = counts.length * Math.max(...counts);
  return expected / (1 + cost.token * tokens + cost.padding * padding);
}

describe('AcceptanceRate', () => {
  it('follows what was accepted, and forgets it', () => {
    const rate = new AcceptanceRate();
    const unknown = rate.value;
    for (let i = 0; i < 10; i++) rate.add(4, 4);
    expect(rate.value).toBeGreaterThan(0.9);
    for (let i = 0; i < 10; i++) rate.add(4, 0);
    expect(rate.value).toBeLessThan(0.4);
    for (let i = 0; i < 60; i++) rate.add(0, 0);
    expect(rate.value).toBeCloseTo(unknown, 2);
  });

  it('does not count what is behind a rejected one', () => {
    const [short, long] = [new AcceptanceRate(), new AcceptanceRate()];
    short.add(2, 1);
    long.add(7, 1);
    expect(long.value).toBe(short.value);
  });
});

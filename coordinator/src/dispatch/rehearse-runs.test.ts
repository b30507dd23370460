import { systemClock } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import { OutputProfiles } from './output-profiles.ts';
import { Pacer } from './pacer.ts';
import { estimatingTokenizer } from './prompt-tokens.ts';
import { rehearsedRuns } from './rehearse-runs.ts';

describe('rehearsedRuns', () => {
  it('makes the prompts of larger and larger runs, one a step, by the tokenizer told', async () => {
    const estimate = estimatingTokenizer();
    const profiles = new OutputProfiles([]);
    let made = 0;
    const steps = rehearsedRuns({
      tokenizerOf: () => (messages) => {
        made++;
        return estimate(messages);
      },
      contextOf: () => undefined,
      profiles,
      pacer: new Pacer(systemClock),
    });
    const madeBy: number[] = [];
    for await (const _ of steps) madeBy.push(made);
    expect(made).toBe(3 * (1 + 1 + 2 + 4 + 8 + 16 + 16));
    const inStep = madeBy.map((until, step) => until - (madeBy[step - 1] ?? 0));
    expect(Math.max(...inStep)).toBe(1);
    expect(profiles.takeChanged()).toEqual([]);
  });
});

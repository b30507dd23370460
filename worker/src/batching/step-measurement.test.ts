import { describe, expect, it } from 'vitest';
import { createCall, createPrompt, ENDLESS, PlannerBench } from './planner-bench.fixture.ts';

describe('measureStep', () => {
  it('counts the calls that got a token, each with its context, and none that was deferred', () => {
    const { planner, executor } = new PlannerBench({}, ENDLESS);
    for (const [seed, id] of ['a', 'b'].entries()) {
      planner.submit(createCall(id, { maxTokens: 20 }), createPrompt(seed, 3 + seed), 0);
    }
    const prompts = planner.planStep(0)!;
    planner.applyStep(executor.step(prompts), 0);
    const [first, second] = planner.planStep(1)!.decode;
    const tokens = new Map([[second!, 5]]);
    planner.applyStep({ tokens, deferred: new Set([first!]), ms: 7 }, 1);
    const steps = planner.takeEvents().flatMap((event) => {
      return event.kind === 'stepped' ? [event.step] : [];
    });
    expect(steps).toMatchObject([
      { prefillTokens: 7, decodeCalls: 0 },
      { prefillTokens: 0, decodeCalls: 1, contextTokens: 6, ms: 7 },
    ]);
  });
});

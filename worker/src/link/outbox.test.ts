import { callId } from '@helium/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { WorkerMessage } from './coordinator-port.ts';
import { resultOf, stored } from './fakes.cases.ts';
import { Outbox } from './outbox.ts';

const IDS = ['a', 'b', 'c'] as const;
const LOAD = {
  runningCalls: 0,
  queuedCalls: 0,
  kvTokensUsed: 0,
  loopDelayMs: 0,
  prefetchedTokens: 0,
};
/** Everything that an outbox may hold, in the order in which it goes. */
const ORDER = ['heartbeat', 'draining', 'residency', 'deltas', 'results', 'prefetched', 'credits'];

type Action =
  | { readonly kind: 'delta'; readonly id: string; readonly text: string; readonly tokens: number }
  | { readonly kind: 'result'; readonly id: string }
  | { readonly kind: 'credits' | 'prefetched' | 'heartbeat'; readonly count: number }
  | { readonly kind: 'residency' | 'take' | 'drain' | 'clear' };

const id = fc.constantFrom(...IDS);
const count = fc.integer({ min: 1, max: 9 });
const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('delta' as const),
      id,
      text: fc.string(),
      tokens: count,
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('result' as const), id }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constantFrom('credits', 'prefetched', 'heartbeat'), count }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constantFrom('residency', 'take', 'take') }) },
  fc.record({ kind: fc.constantFrom('drain', 'clear') }),
);

/** What was put in since the attachment began and has not gone yet, kept as plainly as can be. */
class NaiveOutbox {
  texts = new Map<string, { text: string; tokens: number }>();
  results: string[] = [];
  prefetched: number[] = [];
  events = 0;
  credits = 0;
  heartbeat: number | undefined;
  isDraining = false;
  saysDraining = false;

  waiting(): string[] {
    const has: Record<string, boolean> = {
      heartbeat: this.heartbeat !== undefined,
      draining: this.saysDraining,
      residency: this.events > 0,
      deltas: this.texts.size > 0,
      results: this.results.length > 0,
      prefetched: this.prefetched.length > 0,
      credits: this.credits > 0,
    };
    return ORDER.filter((kind) => has[kind]);
  }

  /** Checks that the message is the next, whole, and forgets it. */
  take(message: WorkerMessage | undefined): void {
    expect(message?.kind).toBe(this.waiting()[0]);
    switch (message?.kind) {
      case 'heartbeat':
        expect(message.load.runningCalls).toBe(this.heartbeat);
        this.heartbeat = undefined;
        break;
      case 'draining':
        this.saysDraining = false;
        break;
      case 'residency':
        expect(message.events).toHaveLength(this.events);
        this.events = 0;
        break;
      case 'deltas':
        expect(message.deltas.map(({ id, text, tokens }) => [id, { text, tokens }])).toEqual([
          ...this.texts,
        ]);
        this.texts.clear();
        break;
      case 'results':
        expect(message.results.map(({ id }) => id)).toEqual(this.results);
        if (!this.isDraining) this.credits += this.results.length;
        this.results = [];
        break;
      case 'prefetched':
        expect(message.computedTokens).toBe(this.prefetched.shift());
        break;
      case 'credits':
        expect(message.calls).toBe(this.credits);
        this.credits = 0;
        break;
    }
  }
}

/** The outbox of an attachment that has begun: its first snapshot is on its way. */
function begin(outbox: Outbox): void {
  outbox.residency.attach();
  outbox.residency.addSnapshot({ sequence: 0, blocks: [] });
  expect(outbox.take()).toMatchObject({ kind: 'snapshot' });
}

function put(action: Action, outbox: Outbox, naive: NaiveOutbox): NaiveOutbox {
  switch (action.kind) {
    case 'delta': {
      const { id, text, tokens } = action;
      outbox.addDelta({ id: callId(id), offset: 0, text, tokens });
      const before = naive.texts.get(id) ?? { text: '', tokens: 0 };
      naive.texts.set(id, { text: before.text + text, tokens: before.tokens + tokens });
      break;
    }
    case 'result':
      outbox.addResult(resultOf(action.id));
      naive.results.push(action.id);
      break;
    case 'credits':
      outbox.addCredits(action.count);
      if (!naive.isDraining) naive.credits += action.count;
      break;
    case 'prefetched':
      outbox.addPrefetched(64, action.count);
      naive.prefetched.push(action.count);
      break;
    case 'heartbeat':
      outbox.addHeartbeat({ ...LOAD, runningCalls: action.count });
      naive.heartbeat = action.count;
      break;
    case 'residency':
      outbox.addResidency(stored(1));
      naive.events += 1;
      break;
    case 'take':
      naive.take(outbox.take());
      break;
    case 'drain':
      outbox.addDraining('stopped', false);
      outbox.stopGranting();
      naive.isDraining = true;
      naive.saysDraining = true;
      naive.credits = 0;
      break;
    case 'clear':
      outbox.clear();
      begin(outbox);
      return new NaiveOutbox();
  }
  return naive;
}

describe('Outbox', () => {
  it('gives what its naive twin has, most urgent first, nothing twice and nothing of a former attachment', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
        const outbox = new Outbox();
        outbox.clear();
        begin(outbox);
        let naive = new NaiveOutbox();
        for (const action of actions) {
          naive = put(action, outbox, naive);
          const tokens = [...naive.texts.values()].reduce((sum, { tokens }) => sum + tokens, 0);
          expect(outbox.deltaTokens).toBe(tokens);
        }
        while (naive.waiting().length > 0) naive.take(outbox.take());
        expect(outbox.take()).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });

  it('closes a message before its texts are more than 524,288 characters, but for one alone', () => {
    const outbox = new Outbox();
    const lengths = [200_000, 324_288, 1, 600_000, 5];
    for (const [i, length] of lengths.entries()) {
      outbox.addResult({ ...resultOf(`r${i}`), text: 'x'.repeat(length) });
    }
    const sizes: number[][] = [];
    for (let message = outbox.take(); message?.kind === 'results'; message = outbox.take()) {
      sizes.push(message.results.map(({ text }) => text.length));
    }
    expect(sizes).toEqual([[200_000, 324_288], [1], [600_000], [5]]);
  });
});

import { createPrng } from '@helium/shared';
import type { Instance, InstanceCall } from './instance.ts';
import { indexInstance } from './instance-index.ts';
import { contendersFor } from './policies/contenders.ts';
import { Judge } from './policies/judge.ts';
import { AT_MOST } from './policies/portfolio.ts';
import { planSchedule } from './schedule.ts';
import { REFERENCE_MACHINE } from './simulation/step-timing.ts';

/**
 * Calls of the batches, in turn: code that is not compiled yet takes ten times as long, so the first are small.
 * Compiled code comes with repetition, and is made for what it has met: most are as large as what is hoped for.
 */
const SIZES = [12, 12, 24, 24, 48, 48, 96, 96, 96, 96, 96, 96];
/** Calls of a batch that is planned in one step, once that takes some milliseconds: after the small batches. */
const WHOLE = 24;
/** Calls of a row of `rows`: agents that answer, and answer again when they have read one another. */
const AGENTS = 3;

/**
 * Plans batches that nobody asked for, and forgets them: the code is compiled when the first run is planned. Each
 * step makes or plays one schedule of the default policy, in milliseconds; nothing is kept, and nobody is told.
 */
export function* rehearsal(): Generator<void, void> {
  for (const [seed, calls] of SIZES.entries()) {
    // Rows of few operators and one row of many take different ways, above all in algorithm 1.
    const batch = seed % 2 === 0 ? rows : oneRow;
    const index = indexInstance(batch(calls));
    yield;
    const options = { seed, pinned: [], machine: REFERENCE_MACHINE };
    const judge = new Judge(index, options);
    for (const { name, make } of contendersFor(index, judge.machine.kind).slice(0, AT_MOST)) {
      const schedule = make(index, options);
      yield;
      judge.judge(name, schedule);
      yield;
    }
    if (calls <= WHOLE) continue;
    planSchedule({ instance: batch(WHOLE), policy: '', seed });
    yield;
  }
}

/** Rows of the same operators. */
function rows(count: number): Instance {
  const calls: InstanceCall[] = [];
  for (let query = 0; calls.length < count; query++) {
    const first = calls.length;
    const row = 1 + AGENTS + query;
    const out = 40 + ((query * 7) % 30);
    for (let agent = 0; agent < AGENTS; agent++) {
      const prompt = Int32Array.of(0, row, 1 + agent);
      calls.push({ prompt, out: out + 20 * agent, deps: NONE, op: agent, query });
    }
    for (let agent = 0; agent < AGENTS; agent++) {
      const [own, other] = [first + agent, first + ((agent + 1) % AGENTS)];
      calls.push({
        prompt: Int32Array.of(0, row, 1 + agent, ~own, ~other),
        out: 2 * out,
        deps: Int32Array.of(own, other).sort(),
        op: AGENTS + agent,
        query,
      });
    }
  }
  return rehearsed(calls);
}

/** One row of as many operators, of which most read what others before them wrote. */
function oneRow(count: number): Instance {
  const calls: InstanceCall[] = [];
  const random = createPrng(count);
  const oneOf = (choices: number) => Math.floor(random() * choices);
  for (let op = 0; op < count; op++) {
    const read = op === 0 ? [] : Array.from({ length: oneOf(3) }, () => oneOf(op));
    const deps = Int32Array.from(new Set(read)).sort();
    const items = [oneOf(3), 3 + oneOf(6), 9 + oneOf(15), ...Array.from(deps, (dep) => ~dep)];
    calls.push({ prompt: Int32Array.from(items), out: 16 + oneOf(300), deps, op, query: 0 });
  }
  return rehearsed(calls);
}

function rehearsed(calls: readonly InstanceCall[]): Instance {
  return {
    name: 'rehearsal',
    workers: 4,
    // Less than is wanted at once: caches evict.
    kvCapacity: 4096,
    maxSeqs: 16,
    maxBatchedTokens: 2048,
    segments: Int32Array.from({ length: 24 }, (_, k) => 60 + ((k * 37) % 90)),
    calls,
  };
}

const NONE = new Int32Array(0);

import type { Instance, InstanceCall } from './instance.ts';
import { indexInstance } from './instance-index.ts';
import { contendersFor } from './policies/contenders.ts';
import { Judge } from './policies/judge.ts';
import { AT_MOST } from './policies/portfolio.ts';
import { REFERENCE_MACHINE } from './simulation/step-timing.ts';

const ROWS = 16;
/** Operators of a row: two that share a prompt, and one that reads what they write. */
const OPERATORS = 3;
/** Compiled code comes with repetition: more rounds gain little. */
const ROUNDS = 5;

/**
 * Plans a batch that nobody asked for, and forgets it: the code is compiled when the first run is planned. Each
 * step makes or plays one schedule of the default policy, in milliseconds; nothing is kept, and nobody is told.
 */
export function* rehearsal(): Generator<void, void> {
  const instance = rehearsedInstance();
  for (let round = 0; round < ROUNDS; round++) {
    const index = indexInstance(instance);
    yield;
    const options = { seed: round, pinned: [], machine: REFERENCE_MACHINE };
    const judge = new Judge(index, options);
    for (const { name, make } of contendersFor(index, judge.machine.kind).slice(0, AT_MOST)) {
      const schedule = make(index, options);
      yield;
      judge.judge(name, schedule);
      yield;
    }
  }
}

function rehearsedInstance(): Instance {
  const calls: InstanceCall[] = [];
  for (let query = 0; query < ROWS; query++) {
    const [system, row] = [0, 1 + query];
    const [first, second] = [calls.length, calls.length + 1];
    const none = new Int32Array(0);
    const out = 40 + ((query * 7) % 30);
    calls.push(
      { prompt: Int32Array.of(system, row), out, deps: none, op: 0, query },
      { prompt: Int32Array.of(system, row, ROWS + 1), out: out + 20, deps: none, op: 1, query },
      {
        prompt: Int32Array.of(system, row, ~first, ~second),
        out: 2 * out,
        deps: Int32Array.of(first, second),
        op: OPERATORS - 1,
        query,
      },
    );
  }
  return {
    name: 'rehearsal',
    workers: 2,
    kvCapacity: 32_768,
    maxSeqs: 16,
    maxBatchedTokens: 2048,
    segments: Int32Array.from({ length: ROWS + 2 }, (_, segment) => 60 + ((segment * 37) % 90)),
    calls,
  };
}

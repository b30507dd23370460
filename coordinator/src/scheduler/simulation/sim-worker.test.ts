import { describe, expect, it } from 'vitest';
import { indexInstance } from '../instance-index.ts';
import { shippedInstance } from '../shipped-instances.cases.ts';
import { SimWorker } from './sim-worker.ts';
import { REFERENCE_TIMING } from './step-timing.ts';

describe('SimWorker', () => {
  it('gives up calls that run, is idle then, and runs them as well as others afterwards', () => {
    const index = indexInstance(shippedInstance('s04-debate-mmlu'));
    const first = [...index.deps.keys()].filter((call) => index.deps[call]!.length === 0);
    const play = (aborted: readonly number[], strides: number) => {
      const waiting = [...first];
      const queue = { peek: () => waiting[0], take: () => void waiting.shift() };
      const options = { timing: REFERENCE_TIMING, maxInflight: 64 };
      const worker = new SimWorker(index, queue, options);
      const done: number[] = [];
      worker.begin(0);
      for (let stride = 0; !worker.isIdle; stride++) {
        const now = worker.endsAt;
        done.push(...worker.end());
        if (stride === strides) {
          const running = aborted.filter((call) => !done.includes(call));
          worker.abort(new Set(running));
          waiting.push(...running);
        }
        worker.begin(now);
      }
      return { done, hits: worker.hitTokens };
    };
    const plain = play([], 0);
    expect(plain.done.toSorted()).toEqual(first.toSorted());
    for (const strides of [0, 1, 2]) {
      const again = play(first, strides);
      expect(again.done.toSorted()).toEqual(first.toSorted());
      // What was computed of their prompts is there still.
      expect(again.hits).toBeGreaterThan(plain.hits);
    }
    expect(play(first.slice(1), 1).done).toContain(first[0]);
  });
});

import type { RunEventBody, RunSummary } from '@helium/coordinator';
import { runId } from '@helium/shared';
import { expect, it } from 'vitest';
import { Checker } from './checker.ts';
import { DEFAULT_OPTIONS } from './cluster-options.ts';
import { NaiveAnswers, type RowOutputs } from './naive-answers.ts';
import { createWordTokenizer } from './word-tokenizer.ts';
import { loadKinds } from './workload.ts';

const SUMMARY: RunSummary = {
  operators: { submitted: 0, pruned: 0, merged: 0, cached: 0, executed: 0 },
  tokens: { prompt: 0, prefilled: 0, reused: 0, generated: 0, prefetched: 0 },
  seconds: { plan: 0, run: 0 },
  cacheMissReasons: {},
};

const ENDED: RunEventBody = { kind: 'finished', state: 'succeeded', summary: SUMMARY };
const ID = runId('r1');

async function watched() {
  const [kind] = await loadKinds(['debate']);
  const { limits, timing, outputTokensMean } = DEFAULT_OPTIONS;
  const world = {
    tokenizer: createWordTokenizer(),
    executor: { limits, timing, outputTokensMean },
  };
  const naive = new NaiveAnswers('m', {}, world);
  const rows = kind!.rows.slice(0, 2);
  const checker = new Checker([naive]);
  checker.submitted(0, ID, kind!, rows, true);
  const give = (outputs: readonly RowOutputs[]) => {
    for (const [row, texts] of outputs.entries()) {
      for (const [name, text] of Object.entries(texts)) {
        checker.heard(1, ID, { kind: 'output', row, name, text });
      }
    }
  };
  return { checker, give, outputs: naive.outputsOf(kind!, rows) };
}

it('is content with the naive outputs, once each, and one end', async () => {
  const { checker, give, outputs } = await watched();
  give(outputs);
  checker.heard(2, ID, ENDED);
  checker.finish();
  expect(checker.faults).toEqual([]);
  expect(checker.counts.checkedRuns).toBe(1);
});

it('names another text, a missing output, one that came twice, a second end and none', async () => {
  const faultsOf = async (act: (world: Awaited<ReturnType<typeof watched>>) => void) => {
    const world = await watched();
    act(world);
    world.checker.finish();
    return world.checker.faults.map((fault) => fault.slice(0, 40));
  };
  const other = await faultsOf(({ checker, give, outputs }) => {
    give(outputs.map((texts, row) => (row === 0 ? texts : { positions: 'something else' })));
    checker.heard(2, ID, ENDED);
  });
  const missing = await faultsOf(({ checker }) => checker.heard(2, ID, ENDED));
  const twice = await faultsOf(({ checker, give, outputs }) => {
    give([...outputs]);
    give(outputs.slice(0, 1));
    checker.heard(2, ID, ENDED);
    checker.heard(3, ID, ENDED);
  });
  const never = await faultsOf(() => {});
  expect({ other, missing, twice, never }).toMatchInlineSnapshot(`
    {
      "missing": [
        "r1: output 0 positions is missing, naive",
        "r1: output 1 positions is missing, naive",
        "r1: gave 0 outputs, naive 2",
      ],
      "never": [
        "r1: never ended",
      ],
      "other": [
        "r1: output 1 positions is something else",
      ],
      "twice": [
        "r1: output 0 positions came twice",
        "r1: finished after its end",
      ],
    }
  `);
});

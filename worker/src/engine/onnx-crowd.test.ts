import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openModel } from '@helium/model';
import { createTinyModel } from '@helium/model/tiny';
import { type Call, type CallResult, createPrng, GREEDY } from '@helium/shared';
import { createTokenizer } from '@helium/shared/tokenizer';
import { expect, it, onTestFinished } from 'vitest';
import { createBatchEngine } from './batch-engine.ts';
import { EngineBench, newCall, user } from './conformance-bench.fixture.ts';
import { createOnnxExecutor } from './onnx/index.ts';

/** Every way to choose tokens. */
const ASKED: readonly Partial<Call>[] = [
  {},
  { sampling: { temperature: 0.9, topK: 30, topP: 0.95, minP: 0.01, seed: 4n } },
  { sampling: { ...GREEDY, repetitionPenalty: 1.4, presencePenalty: 0.5 } },
  { logprobs: 2 },
  { outputSchema: '{"type":"string","maxLength":5}' },
  { stop: ['e'], streamDeltas: true },
];

/** What must not depend on the company. */
const facts = ({ text, finish, logprobs }: CallResult) => ({ text, finish, logprobs });

it('answers 256 calls at once as each alone, one of them filling the context, some cancelled', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'helium-crowd-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const model = openModel(await createTinyModel(folder));
  const tokenizer = createTokenizer(model.tokenizer);
  const open = async (maxBatch: number, kvMib: number) => {
    const options = { threads: 1, precision: 'fast', contextTokens: 512 } as const;
    const files = { graphFolder: folder, maxBatch, kvMib };
    const executor = await createOnnxExecutor(model, { ...options, ...files });
    const bench = new EngineBench({ engine: createBatchEngine(executor, tokenizer), tokenizer });
    onTestFinished(() => bench.engine.close());
    return bench;
  };
  const crowd = await open(256, 24);
  const random = createPrng(11);
  const system = crowd.systemOf(3);
  const calls = Array.from({ length: 280 }, (_, i) =>
    newCall(i % 20 === 0 ? [system, user(`What is ${i}?`)] : [user(`${i}?`)], {
      maxTokens: 50 + Math.floor(random() * 20),
      ...ASKED[i % ASKED.length],
    }),
  );
  const { contextTokens, kvTokens } = crowd.engine.description;
  const blocks = Math.floor(contextTokens / crowd.engine.description.blockTokens) - 3;
  const long = newCall([crowd.systemOf(blocks, 5), user('Why?')], { maxTokens: 4 });
  const answers = crowd.runAll([...calls, long]);
  for (const call of calls.filter((_, i) => i % 40 === 7)) crowd.engine.cancel(call.id);
  const results = await answers;
  const steps = crowd.eventsOf('stepped');
  expect(Math.max(...steps.map(({ load }) => load.runningCalls))).toBeGreaterThan(160);
  expect(Math.max(...steps.map(({ load }) => load.kvTokensUsed))).toBeLessThanOrEqual(kvTokens);
  expect(results.filter(({ error }) => error !== undefined)).toEqual([]);
  const alone = await open(1, 1);
  const picked = [...calls.keys()].filter((i) => i % 40 !== 7 && random() < 0.08);
  for (const i of [...picked, calls.length]) {
    const call = [...calls, long][i]!;
    expect(facts(results[i]!)).toEqual(facts(await alone.run({ ...call, reusePrefix: false })));
  }
  model.close();
});

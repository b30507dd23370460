import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ModelFile, openModel, tableOf } from '@helium/model';
import { createTinyModel } from '@helium/model/tiny';
import { type Call, type CallResult, invariant } from '@helium/shared';
import { createTokenizer } from '@helium/shared/tokenizer';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { createBatchEngine } from '../batch-engine.ts';
import { EngineBench, newCall, user } from '../conformance-bench.fixture.ts';
import { createOnnxExecutor } from './onnx-executor.ts';

const folder = mkdtempSync(join(tmpdir(), 'helium-broken-'));
const model = createTinyModel(folder, { tiedEmbeddings: false, layers: 4, seed: 3 }).then(
  openModel,
);
afterAll(async () => {
  (await model).close();
  rmSync(folder, { recursive: true });
});

type Precision = 'fast' | 'exact';

async function open(precision: Precision, of: ModelFile): Promise<EngineBench> {
  const tokenizer = createTokenizer(of.tokenizer);
  const limits = { maxBatch: 4, kvMib: 1, contextTokens: 256 };
  const executor = await createOnnxExecutor(of, {
    threads: 1,
    precision,
    graphFolder: folder,
    ...limits,
  });
  const bench = new EngineBench({ engine: createBatchEngine(executor, tokenizer), tokenizer });
  onTestFinished(() => bench.engine.close());
  return bench;
}

/** The model with tokens whose embedding is not numbers: whoever has one is broken from there on. */
function breakTokens(whole: ModelFile, tokens: readonly number[]): ModelFile {
  const embedding = whole.openEmbedding().values();
  const { hidden } = whole.config;
  for (const token of tokens) embedding.fill(Number.NaN, token * hidden, (token + 1) * hidden);
  return {
    ...whole,
    config: whole.config,
    path: 'broken.gguf',
    digest: `${whole.digest}-broken` as ModelFile['digest'],
    readFinalNorm: () => whole.readFinalNorm(),
    openEmbedding: () => tableOf(embedding, hidden),
    openHead: () => whole.openHead(),
    readLayer: (layer, tensor) => whole.readLayer(layer, tensor),
  };
}

const TEXTS = ['one', 'two', 'three', 'Z', 'five', 'six'];
const someCalls = () => TEXTS.map((text) => newCall([user(text)], { logprobs: 1, maxTokens: 20 }));
const bitsOf = ({ text, logprobs }: CallResult) => ({ text, logprobs });

/** A call, and tokens that only it has: in its prompt, or among what it generates before its end. */
function findPoison(
  bench: EngineBench,
  calls: readonly Call[],
  results: readonly CallResult[],
  where: 'prompt' | 'output',
): { readonly place: number; readonly tokens: readonly number[] } {
  const prompts = calls.map((call) => [...bench.tokensOf(call)]);
  const outputs = results.map(({ logprobs = [] }) => logprobs.map(({ token }) => token));
  for (const place of calls.keys()) {
    const others = new Set(
      [...prompts, ...outputs].filter((_, i) => i % calls.length !== place).flat(),
    );
    const asked = new Set(prompts[place]);
    const tokens =
      where === 'prompt'
        ? prompts[place]!.filter((token) => !others.has(token))
        : outputs[place]!.slice(1, -1).filter((token) => !others.has(token) && !asked.has(token));
    if (tokens.length > 0) return { place, tokens };
  }
  invariant(false, 'every call has only tokens that others have too');
}

describe.each(['fast', 'exact'] as const)(
  'logits that are not numbers, in %s precision',
  (precision) => {
    it.each(['prompt', 'output'] as const)(
      'end their call, by position, and leave the others their bits, beside it and after it (%s)',
      async (where) => {
        const calls = someCalls();
        const sound = await open(precision, await model);
        const expected = await sound.runAll(calls);
        const { place, tokens } = findPoison(sound, calls, expected, where);
        const bench = await open(precision, breakTokens(await model, tokens));
        const results = await bench.runAll(calls);
        const { error, usage } = results[place]!;
        expect(error?.code).toBe('ENGINE_FAILED');
        const position = bench.tokensOf(calls[place]!).length + usage.outputTokens;
        expect(error?.message).toContain(`logits at position ${position} are not numbers`);
        if (where === 'output') expect(usage.outputTokens).toBeGreaterThan(1);
        const good = [...calls.keys()].filter((i) => i !== place);
        for (const i of good) expect(bitsOf(results[i]!)).toEqual(bitsOf(expected[i]!));
        // Memory that the broken call had is others' now.
        const later = await bench.runAll(good.map((i) => ({ ...calls[i]!, id: newCall([]).id })));
        expect(later.map(bitsOf)).toEqual(good.map((i) => bitsOf(expected[i]!)));
        expect(bench.eventsOf('failed')).toEqual([]);
      },
    );
  },
);

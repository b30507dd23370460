import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openModel } from '@helium/model';
import { createTinyModel } from '@helium/model/tiny';
import { GREEDY } from '@helium/shared';
import { createTokenizer } from '@helium/shared/tokenizer';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createBatchEngine } from '../../batch-engine.ts';
import { EngineBench, newCall, user } from '../../conformance-bench.fixture.ts';
import { SchemaCompiler } from '../../constraint/index.ts';
import { chunksOf, driveCalls, stepPlan } from '../executor-driver.fixture.ts';
import type { ModelGraphs } from '../model-graphs.ts';
import { createOnnxExecutor } from '../onnx-executor.ts';

/** Two tokens over and over, and as much of them again to come. */
const CALL = { prompt: Array.from({ length: 40 }, (_, i) => 10 + (i % 2)), outputTokens: 40 };

async function open(promptLookup: boolean) {
  const folder = mkdtempSync(join(tmpdir(), 'helium-drafts-'));
  const model = openModel(await createTinyModel(folder));
  const tokenizer = createTokenizer(model.tokenizer);
  const settings = { threads: 1, maxBatch: 4, kvMib: 4, contextTokens: 0, graphFolder: folder };
  const executor = await createOnnxExecutor(model, {
    ...settings,
    precision: 'fast',
    promptLookup,
  });
  onTestFinished(async () => {
    await executor.close();
    model.close();
    rmSync(folder, { recursive: true });
  });
  const { runner } = (executor as unknown as { graphs: ModelGraphs }).graphs;
  return { executor, decode: vi.spyOn(runner, 'decode'), runner, tokenizer };
}

const widthsOf = ({ mock }: Awaited<ReturnType<typeof open>>['decode']) =>
  mock.calls.map(([rows]) => Math.max(...rows.map(({ length }) => length)));

const SCHEMA = {
  type: 'array',
  items: { type: 'object', properties: { mood: { enum: ['up', 'down'] } }, required: ['mood'] },
  minItems: 4,
  maxItems: 4,
};

describe('decodeRows', () => {
  it('takes fewer steps than a sequence has tokens, for the same tokens', async () => {
    const plain = await open(false);
    const expected = await driveCalls(plain.executor, [CALL]);
    expect(widthsOf(plain.decode)).toEqual(Array(CALL.outputTokens - 1).fill(1));
    const drafting = await open(true);
    expect(await driveCalls(drafting.executor, [CALL])).toEqual(expected);
    expect(drafting.decode.mock.calls.length).toBeLessThan(CALL.outputTokens / 2);
    expect(Math.max(...widthsOf(drafting.decode))).toBeGreaterThan(2);
  });

  it('computes a step without drafts where one of them comes to no number', async () => {
    const { executor, decode, runner } = await open(true);
    const expected = await driveCalls(executor, [CALL]);
    const sound = decode.getMockImplementation() ?? Object.getPrototypeOf(runner).decode;
    decode.mockClear();
    decode.mockImplementation(async (tokens, slab) => {
      const output = await sound.call(runner, tokens, slab);
      const { hidden } = output.head;
      if (output.rows.width > 1) hidden[hidden.length - 1] = Number.NaN;
      return output;
    });
    expect(await driveCalls(executor, [CALL])).toEqual(expected);
    const widths = widthsOf(decode);
    expect(widths.filter((width) => width === 1)).toHaveLength(CALL.outputTokens - 1);
    expect(widths.filter((width) => width > 1).length).toBeGreaterThan(0);
  });

  it('computes a step that has no drafts once, whatever it comes to', async () => {
    const { executor, decode, runner } = await open(true);
    const sound = Object.getPrototypeOf(runner).decode;
    decode.mockImplementation(async (tokens, slab) => {
      if (decode.mock.calls.length > 1) throw new Error('computed again');
      const output = await sound.call(runner, tokens, slab);
      output.head.hidden.fill(Number.NaN);
      return output;
    });
    // No two tokens come twice: there is nothing to draft.
    const prompt = [10, 11, 12, 13];
    const begin = { slot: 0, blocks: [], sampling: GREEDY, tokensMax: 8 };
    await executor.step(
      stepPlan({
        begin: [{ ...begin, prompt: Int32Array.from(prompt) }],
        prefills: chunksOf(0, { prompt, outputTokens: 4 }, executor.limits),
      }),
    );
    const { failures } = await executor.step(stepPlan({ decode: [0] }));
    expect(failures?.get(0)?.code).toBe('ENGINE_FAILED');
    expect(widthsOf(decode)).toEqual([1]);
  });

  it('keeps to a schema where tokens are drafted, with the text it has without', async () => {
    const ask = async (promptLookup: boolean) => {
      const { executor, tokenizer } = await open(promptLookup);
      const schemaCompiler = new SchemaCompiler();
      onTestFinished(() => schemaCompiler.close());
      let accepted = 0;
      const step = executor.step.bind(executor);
      vi.spyOn(executor, 'step').mockImplementation(async (plan) => {
        const output = await step(plan);
        accepted += output.drafts?.accepted ?? 0;
        return output;
      });
      const engine = createBatchEngine(executor, tokenizer, { schemaCompiler });
      const bench = new EngineBench({ engine, tokenizer });
      const texts: string[] = [];
      for (const sampling of [GREEDY, { temperature: 1, topK: 0, topP: 1, seed: 3n }]) {
        const outputSchema = JSON.stringify(SCHEMA);
        const call = newCall([user('moods')], { outputSchema, maxTokens: 200, sampling });
        const { text, finish } = await bench.run(call);
        expect(finish).toBe('stop');
        texts.push(text);
      }
      return { texts, accepted };
    };
    const [plain, drafting] = [await ask(false), await ask(true)];
    expect(drafting.texts).toEqual(plain.texts);
    expect(plain.accepted).toBe(0);
    expect(drafting.accepted).toBeGreaterThan(20);
    for (const text of drafting.texts) expect(JSON.parse(text)).toHaveLength(4);
  });
});

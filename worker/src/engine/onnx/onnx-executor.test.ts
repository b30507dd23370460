import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ModelFile, openModel } from '@helium/model';
import { createTinyModel, TINY_LAYOUTS } from '@helium/model/tiny';
import { createPrng, GREEDY, type Sampling } from '@helium/shared';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { StepExecutor } from '../../batching/step-executor.ts';
import { offeredDevices } from './device.ts';
import { chunksOf, type DrivenCall, driveCalls, stepPlan } from './executor-driver.fixture.ts';
import type { ModelGraphs } from './model-graphs.ts';
import { argMax, naiveLogits } from './naive-llama.ts';
import { createOnnxExecutor } from './onnx-executor.ts';
import type { OnnxOptions } from './onnx-options.ts';

let folder: string;
let model: ModelFile;
const opened: StepExecutor[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'helium-onnx-'));
  model = openModel(await createTinyModel(folder));
});

afterEach(async () => {
  for (const executor of opened.splice(0)) await executor.close();
});

afterAll(() => {
  model.close();
  rmSync(folder, { recursive: true });
});

async function open(options: Partial<OnnxOptions> = {}, of = model): Promise<StepExecutor> {
  const executor = await createOnnxExecutor(of, {
    threads: 1,
    precision: 'fast',
    maxBatch: 8,
    kvMib: 4,
    contextTokens: 0,
    graphFolder: folder,
    ...options,
  });
  opened.push(executor);
  return executor;
}

function prompt(tokens: number, seed: number): number[] {
  const random = createPrng(seed);
  return Array.from({ length: tokens }, () => Math.floor(random() * model.config.vocab));
}

const samplings: Sampling[] = [
  GREEDY,
  { temperature: 1, topK: 0, topP: 1, seed: 5n },
  { temperature: 0.7, topK: 20, topP: 0.9, minP: 0.02, seed: 99n },
  { ...GREEDY, repetitionPenalty: 1.7, frequencyPenalty: 0.5 },
];

/** Calls of mixed lengths, samplings and arrivals. */
const someCalls = fc.array(
  fc.record({
    prompt: fc
      .tuple(fc.integer({ min: 1, max: 200 }), fc.nat(1000))
      .map(([tokens, seed]) => prompt(tokens, seed)),
    outputTokens: fc.integer({ min: 1, max: 70 }),
    sampling: fc.constantFrom(...samplings),
    arrival: fc.nat(12),
  }),
  { minLength: 2, maxLength: 8 },
);

describe('createOnnxExecutor', () => {
  it('generates what the naive forward pass generates, in exact precision', async () => {
    const executor = await open({ precision: 'exact' });
    const tokens = prompt(100, 3);
    const [generated] = await driveCalls(executor, [{ prompt: tokens, outputTokens: 12 }]);
    const naive = naiveLogits(model, [...tokens, ...generated!]).slice(tokens.length - 1, -1);
    expect(Math.min(...naive.map((logits) => argMax(logits).margin))).toBeGreaterThan(1e-3);
    expect(generated).toEqual(naive.map((logits) => argMax(logits).index));
  });

  it.each(['fast', 'exact'] as const)(
    'gives a call the same tokens in any company, in %s precision',
    async (precision) => {
      const alone = await open({ precision });
      const together = await open({ precision });
      await fc.assert(
        fc.asyncProperty(someCalls, async (calls) => {
          const outputs = await driveCalls(together, calls);
          for (const [i, call] of calls.entries()) {
            expect(outputs[i]).toEqual((await driveCalls(alone, [call]))[0]);
          }
        }),
        { numRuns: 8 },
      );
    },
  );

  it('gives the same tokens with two threads as with one', async () => {
    const calls = [150, 20, 64, 65].map((tokens, i) => ({
      prompt: prompt(tokens, i),
      outputTokens: 40,
      sampling: samplings[i % samplings.length]!,
    }));
    const one = await driveCalls(await open({ threads: 1 }), calls);
    expect(await driveCalls(await open({ threads: 2 }), calls)).toEqual(one);
  });

  it.each([
    ['in two where both stages are idle', 2, true, [48, 48]],
    ['whole behind one that is underway', 2, false, [96]],
    ['whole on one thread', 1, true, [96]],
  ] as const)("computes a step's only chunk %s", async (_, threads, isIdle, expected) => {
    const executor = await open({ threads });
    const { pipeline } = (executor as unknown as { graphs: ModelGraphs }).graphs;
    vi.spyOn(pipeline, 'isIdle', 'get').mockReturnValue(isIdle);
    const start = vi.spyOn(pipeline, 'start');
    const call = { prompt: prompt(96, 1), outputTokens: 1 };
    const begin = { slot: 0, blocks: [], sampling: GREEDY, tokensMax: 97 };
    const prefills = chunksOf(0, call, executor.limits);
    await executor.step(stepPlan({ begin: [begin], prefills }));
    expect(start.mock.calls.map(([tokens]) => tokens.length)).toEqual(expected);
  });

  it('gives the same tokens when KV memory is short and slabs are split', async () => {
    const calls = [600, 20, 30, 40, 50, 60, 70, 80].map((tokens, i) => ({
      prompt: prompt(tokens, i),
      outputTokens: 50,
    }));
    const roomy = await driveCalls(await open({ kvMib: 8 }), calls);
    expect(await driveCalls(await open({ kvMib: 1 }), calls)).toEqual(roomy);
  });

  it('gives the same tokens after a prefix from blocks as after computing it', async () => {
    const executor = await open();
    const { blockTokens } = executor.limits;
    const shared = prompt(5 * blockTokens, 1);
    const storeAs = [7, 3, 4, 9, 0];
    const tails = [1, 30, 64, 100].map((tokens, i) => prompt(tokens, 20 + i));
    const cold = tails.map((tail) => ({ prompt: [...shared, ...tail], outputTokens: 48 }));
    const expected = await driveCalls(executor, cold);
    await driveCalls(executor, [{ prompt: [...shared, 1], outputTokens: 1, storeAs }]);
    for (let blocks = 1; blocks <= storeAs.length; blocks++) {
      const prefix = storeAs.slice(0, blocks);
      const warm = cold.map((call): DrivenCall => ({ ...call, prefix }));
      expect(await driveCalls(executor, warm)).toEqual(expected);
    }
    // What stays when others of its chunk go is as good as before.
    await executor.step(stepPlan({ releaseBlocks: [9, 0] }));
    const warm = cold.map((call): DrivenCall => ({ ...call, prefix: [7, 3, 4] }));
    expect(await driveCalls(executor, warm)).toEqual(expected);
    // Blocks and slots are free for other use after release.
    await executor.step(stepPlan({ releaseBlocks: [7, 3, 4] }));
    const other: DrivenCall = { prompt: prompt(130, 9), outputTokens: 5, storeAs };
    const [again] = await driveCalls(executor, [other]);
    expect((await driveCalls(executor, [{ ...other, prefix: storeAs, storeAs: [] }]))[0]).toEqual(
      again,
    );
  });

  it.each(['fast', 'exact'] as const)(
    'gives the same tokens however prompts are cut into chunks, in %s precision',
    async (precision) => {
      const executor = await open({ precision, threads: 2 });
      const calls = [150, 96, 97, 65].map((tokens, i) => ({
        prompt: prompt(tokens, 60 + i),
        outputTokens: 20,
      }));
      const expected = await driveCalls(executor, calls);
      for (const chunkSizes of [[16], [32], [48, 16], [80, 96], [96]]) {
        const cut = calls.map((call): DrivenCall => ({ ...call, chunkSizes }));
        expect(await driveCalls(executor, cut)).toEqual(expected);
      }
    },
  );

  it.each(['fast', 'exact'] as const)(
    'computes the ragged end of a prompt once for all its samples, in %s precision',
    async (precision) => {
      // Calls arrive at certain steps of those that run: each step shall be a token.
      const executor = await open({ precision, promptLookup: false });
      const { blockTokens } = executor.limits;
      for (const [tokens, round] of [
        [5 * blockTokens + 7, 0],
        [6 * blockTokens, 1],
      ] as const) {
        const whole = Math.floor((tokens - 1) / blockTokens);
        const blocks = Array.from({ length: whole }, (_, i) => round * 20 + i);
        const sample = { prompt: prompt(tokens, 40 + round), outputTokens: 40 };
        const samples = samplings.map((sampling, i): DrivenCall => {
          const own = i === 0 ? { storeAs: blocks } : { prefix: blocks, arrival: 2 * i };
          return { ...sample, sampling, ...own };
        });
        // One that ends otherwise, and one that is there when the first is gone.
        const other = [...sample.prompt.slice(0, -1), 3];
        samples.push({ ...sample, prompt: other, prefix: blocks, arrival: 9 });
        samples.push({ ...sample, prefix: blocks, arrival: 44 });
        const expected: number[][] = [];
        for (const { prompt, sampling = GREEDY } of samples) {
          const [alone] = await driveCalls(executor, [{ ...sample, prompt, sampling }]);
          expected.push(alone!);
        }
        const { pipeline } = (executor as unknown as { graphs: ModelGraphs }).graphs;
        const start = vi.spyOn(pipeline, 'start');
        expect(await driveCalls(executor, samples)).toEqual(expected);
        const prefilled = start.mock.calls.map(([ids]) => ids.length);
        start.mockRestore();
        const first = prefilled.slice(0, -1).reduce((sum, count) => sum + count, 0);
        expect([first, prefilled.at(-1)]).toEqual([tokens, tokens - whole * blockTokens]);
      }
    },
  );

  it('draws what a seed says, and something else for another seed', async () => {
    const executor = await open();
    const seeded = (seed: bigint): DrivenCall => ({
      prompt: prompt(40, 2),
      outputTokens: 30,
      sampling: { temperature: 2, topK: 0, topP: 1, seed },
    });
    const [first, same, other] = await driveCalls(executor, [seeded(1n), seeded(1n), seeded(2n)]);
    expect(same).toEqual(first);
    expect(other).not.toEqual(first);
  });

  it('gives unseeded sequences seeds of their own', async () => {
    let seed = 0n;
    const executor = await open({ drawSeed: () => ++seed });
    const call = {
      prompt: prompt(40, 2),
      outputTokens: 30,
      sampling: { temperature: 2, topK: 0, topP: 1 },
    };
    const [first, second] = await driveCalls(executor, [call, call]);
    expect(second).not.toEqual(first);
  });

  it('leaves sequences that a step does not name where they are', async () => {
    const executor = await open();
    // More than a step for each token would make: processors with wide kernels take more tokens a step.
    const calls = [30, 90].map((tokens, i) => ({ prompt: prompt(tokens, i), outputTokens: 48 }));
    const expected = await driveCalls(executor, calls);
    const begin = calls.map((call, slot) => ({
      slot,
      blocks: [],
      sampling: GREEDY,
      tokensMax: call.prompt.length + call.outputTokens,
    }));
    const prefills = calls.flatMap((call, slot) => [...chunksOf(slot, call, executor.limits)]);
    const { tokens } = await executor.step(stepPlan({ begin, prefills }));
    const outputs = [0, 1].map((slot) => [tokens.get(slot)!]);
    for (const decode of [[0, 1], [1], [1], [0], [0, 1], [0], [0, 1]]) {
      const step = await executor.step(stepPlan({ decode }));
      expect([...step.tokens.keys()].sort()).toEqual(decode);
      for (const slot of decode) {
        const further = step.further?.get(slot) ?? [];
        outputs[slot]!.push(step.tokens.get(slot)!, ...further.map(({ token }) => token));
      }
    }
    expect(outputs).toEqual(expected.map((all, slot) => all.slice(0, outputs[slot]!.length)));
  });

  it('fails a sequence whose logits are not numbers, and says where', async () => {
    const broken: ModelFile = {
      ...model,
      config: model.config,
      path: 'broken.gguf',
      digest: `${model.digest}-broken` as ModelFile['digest'],
      readFinalNorm: () => new Float32Array(model.config.hidden).fill(3e38),
      openEmbedding: () => model.openEmbedding(),
      openHead: () => model.openHead(),
      readLayer: (layer, tensor) => model.readLayer(layer, tensor),
    };
    const executor = await open({}, broken);
    const call = { prompt: prompt(70, 1), outputTokens: 2 };
    const begin = [{ slot: 0, blocks: [], sampling: GREEDY, tokensMax: 80 }];
    const prefills = chunksOf(0, call, executor.limits);
    const { tokens, failures } = await executor.step(stepPlan({ begin, prefills }));
    expect(tokens.size).toBe(0);
    expect(failures?.get(0)).toMatchObject({ code: 'ENGINE_FAILED' });
    expect(failures?.get(0)?.message).toContain('logits at position 70 are not numbers: token ');
  });
});

describe('createOnnxExecutor refuses', () => {
  it('options out of range, all at once', async () => {
    await expect(open({ threads: 0, maxBatch: 0, contextTokens: 1 << 20 })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      faults: [{ field: 'threads' }, { field: 'maxBatch' }, { field: 'contextTokens' }],
    });
  });

  it('a KV limit that cannot hold the batch', async () => {
    await expect(open({ maxBatch: 32, kvMib: 1 })).rejects.toMatchObject({ code: 'KV_TOO_SMALL' });
  });

  it('fast precision on anything but the CPU, and devices that are not there, by name', async () => {
    await expect(open({ device: 'webgpu' })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/precision is fast, must be exact on device webgpu/),
    });
    const absent = (['coreml', 'directml'] as const).find(
      (device) => !offeredDevices().includes(device),
    )!;
    await expect(open({ device: absent, precision: 'exact' })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining(`device ${absent} cannot be used on ${process.platform}`),
    });
  });

  it('a model of one head, whose bits would depend on its batch', async () => {
    const single = { ...model, config: { ...model.config, heads: 1, kvHeads: 1 } };
    await expect(open({}, single)).rejects.toMatchObject({
      code: 'MODEL_UNSUPPORTED',
      message: expect.stringMatching(/has 1 attention head, 2 are supported at least/),
    });
  });

  it('a context wider than a sliding window, naming both', async () => {
    const windowed = { ...model, config: { ...model.config, slidingWindow: 512 } };
    await expect(open({}, windowed)).rejects.toMatchObject({
      code: 'MODEL_UNSUPPORTED',
      message: expect.stringMatching(/window of 512 tokens.* context of 2048.*context-tokens/),
    });
    await open({ contextTokens: 512 }, windowed);
  });

  it('a context wider than the first one of longrope, naming both', async () => {
    const { ropeScaling } = TINY_LAYOUTS['Llama with LongRoPE']!.shape;
    const long = { ...model, config: { ...model.config, ropeScaling: ropeScaling! } };
    await expect(open({}, long)).rejects.toMatchObject({
      code: 'MODEL_UNSUPPORTED',
      message: expect.stringMatching(
        /longrope.* first context of 128 tokens.* context of 2048.*context-tokens/,
      ),
    });
    await open({ contextTokens: 128 }, long);
  });

  it.each([
    ['a sequence that never began', { decode: [4] }],
    ['a release of a free slot', { releaseSequences: [4] }],
    ['a release of an empty block', { releaseBlocks: [4] }],
    [
      'a prefix of an empty block',
      { begin: [{ slot: 0, blocks: [2], sampling: GREEDY, tokensMax: 99 }] },
    ],
    [
      'a chunk off the grid',
      {
        begin: [{ slot: 0, blocks: [], sampling: GREEDY, tokensMax: 99 }],
        prefills: [{ slot: 0, start: 5, tokens: Int32Array.of(1), storeAs: [], last: true }],
      },
    ],
    [
      'a ragged chunk that does not end the prompt',
      {
        begin: [{ slot: 0, blocks: [], sampling: GREEDY, tokensMax: 99 }],
        prefills: [{ slot: 0, start: 0, tokens: Int32Array.of(1), storeAs: [], last: false }],
      },
    ],
    [
      'a token outside the vocabulary',
      {
        begin: [{ slot: 0, blocks: [], sampling: GREEDY, tokensMax: 99 }],
        prefills: [{ slot: 0, start: 0, tokens: Int32Array.of(1 << 20), storeAs: [], last: true }],
      },
    ],
  ])('%s', async (_, plan) => {
    const executor = await open();
    await expect(executor.step(stepPlan(plan))).rejects.toMatchObject({ code: 'INVARIANT_BROKEN' });
  });
});

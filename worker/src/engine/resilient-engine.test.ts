import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { createTinyModel } from '@helium/model/tiny';
import {
  type Call,
  type CallResult,
  type Clock,
  GREEDY,
  type SequenceBlockHash,
  systemClock,
} from '@helium/shared';
import { createTokenizer } from '@helium/shared/tokenizer';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { describeEngine } from './conformance.cases.ts';
import { EngineBench, newCall, user } from './conformance-bench.fixture.ts';
import type { EngineConfig } from './engine-config.ts';
import { DECODE_FILE } from './onnx/cache/graph-files.ts';
import { MANIFEST_FILE } from './onnx/cache/graph-manifest.ts';
import { startResilientEngine } from './resilient-engine.ts';

const folder = mkdtempSync(join(tmpdir(), 'helium-resilient-'));
const modelPath = createTinyModel(folder);
afterAll(() => rmSync(folder, { recursive: true }));

const CONFIG: EngineConfig = {
  engine: 'sim',
  modelPath: '',
  modelName: '',
  graphFolder: folder,
  threads: 1,
  precision: 'fast',
  maxBatch: 4,
  kvMib: 288,
  contextTokens: 512,
  simSpeed: 0,
};
const MODULE = new URL('./faulty-worker.fixture.ts', import.meta.url);

// With its thread: what a worker runs.
describeEngine({
  name: 'sim on its thread, started again when it dies',
  async open(maxBatch) {
    const { engine, identity } = await startResilientEngine({ ...CONFIG, maxBatch });
    return { engine, tokenizer: createTokenizer(identity.tokenizerSpec) };
  },
});

/** Which fault comes at which step of which life, counted over all lives of the engine's thread. */
interface Faults {
  readonly kind: 'exit' | 'throw' | 'memory';
  /** Steps at which it comes, from 1. */
  readonly atSteps?: readonly number[];
  /** Or: whenever a prompt of this length begins. */
  readonly promptTokens?: number;
  /** It comes while the step runs, not before. */
  readonly duringStep?: boolean;
  /** Engines after the first draw other tokens, where they draw. */
  readonly otherSeeds?: boolean;
}

async function open(faults: Faults, fields: Partial<EngineConfig> = {}, listenLateMs = 0) {
  const notices: string[] = [];
  const steps = new Int32Array(new SharedArrayBuffer(4));
  const onnx = { engine: 'onnx', modelPath: await modelPath, kvMib: 2 } as const;
  const config = { ...CONFIG, ...onnx, ...fields, faults, steps };
  const pauses: number[] = [];
  let skippedMs = 0;
  const clock: Clock = {
    ...systemClock,
    now: () => systemClock.now() + skippedMs,
    setTimer(delayMs, fire) {
      pauses.push(delayMs);
      return systemClock.setTimer(0, fire);
    },
  };
  const notice = (message: string) => notices.push(message);
  const options = { module: MODULE, notice, clock };
  const { engine, identity } = await startResilientEngine(config, options);
  onTestFinished(() => engine.close());
  if (listenLateMs > 0) await sleep(listenLateMs);
  const bench = new EngineBench({ engine, tokenizer: createTokenizer(identity.tokenizerSpec) });
  const skip = (ms: number) => {
    skippedMs += ms;
  };
  return { bench, notices, pauses, skip };
}

/** How often the engine was started again. */
function restarts(notices: readonly string[]): number {
  return notices.filter((notice) => notice.includes('started again')).length;
}

/** A call whose prompt ends engines that are opened with this fault. */
async function poisonous(text: string) {
  const poison = newCall([user(`${text} ${'word '.repeat(40)}`)]);
  const { bench } = await open({ kind: 'exit' }, { engine: 'sim', modelPath: '' });
  return { poison, faults: { kind: 'exit', promptTokens: bench.tokensOf(poison).length } as const };
}

const SAMPLINGS = [
  { temperature: 0, topK: 0, topP: 1 },
  { temperature: 1, topK: 0, topP: 1, seed: 3n },
];

function someCalls(count: number) {
  return Array.from({ length: count }, (_, i) =>
    newCall([user(`What is ${i % 3} and ${i}?`)], {
      maxTokens: 24,
      sampling: SAMPLINGS[i % SAMPLINGS.length]!,
    }),
  );
}

function tokensOf({ logprobs }: CallResult): readonly number[] {
  return logprobs!.map(({ token }) => token);
}

/** Another graph in a folder that is whole all the same. */
function replaceGraph(folder: string, name: string, bytes: string): void {
  writeFileSync(join(folder, name), bytes);
  const manifest = JSON.parse(readFileSync(join(folder, MANIFEST_FILE), 'utf8'));
  manifest.files[name] = { bytes: bytes.length, crc32: crc32(bytes) };
  writeFileSync(join(folder, MANIFEST_FILE), JSON.stringify(manifest));
}

describe('startResilientEngine', () => {
  it.each(['exit', 'throw', 'memory'] as const)(
    'gives the bytes of an engine that never dies (%s), in results and deltas',
    async (kind) => {
      const { bench: whole } = await open({ kind });
      const { bench, notices } = await open({ kind, atSteps: [5, 14] });
      const calls = someCalls(9);
      const expected = await whole.runAll(calls);
      const results = await bench.runAll(calls);
      const facts = ({ text, finish, error }: (typeof results)[number]) => ({
        text,
        finish,
        error,
      });
      expect(results.map(facts)).toEqual(expected.map(facts));
      for (const [i, call] of calls.entries()) {
        let text = '';
        for (const delta of bench.deltasOf(call)) {
          expect(delta.offset).toBe(text.length);
          text += delta.text;
        }
        expect(text).toBe(results[i]!.text);
      }
      expect(bench.finishedIds.toSorted()).toEqual(calls.map(({ id }) => id).toSorted());
      expect(notices.filter((notice) => notice.includes('started again'))).toHaveLength(2);
      expect(bench.eventsOf('failed')).toEqual([]);
    },
  );

  it.each(['exit', 'memory'] as const)(
    'goes on after the tokens a call had (%s): schema, stops, penalties, log probabilities',
    async (kind) => {
      const drawn = { temperature: 1.2, topK: 40, topP: 0.95, seed: 9n };
      const penalties = { repetitionPenalty: 1.3, presencePenalty: 0.4, frequencyPenalty: 0.2 };
      const outputSchema = JSON.stringify({
        type: 'array',
        items: { type: 'integer' },
        minItems: 6,
      });
      const fields: Partial<Call>[] = [
        { logprobs: 3 },
        { logprobs: 1, sampling: { ...drawn, ...penalties } },
        { sampling: { ...GREEDY, ...penalties }, stop: ['e', 'zz'] },
        { sampling: drawn, outputSchema, maxTokens: 60 },
        { outputSchema, logprobs: 2, streamDeltas: false },
      ];
      const calls = fields.map((each, i) =>
        newCall([user(`Say ${i}`)], { maxTokens: 30, ...each }),
      );
      const { bench: whole } = await open({ kind });
      const expected = await whole.runAll(calls);
      const { bench } = await open({ kind, atSteps: [4, 12] });
      const results = await bench.runAll(calls);
      for (const [i, { usage: _, ...result }] of results.entries()) {
        const { usage: __, ...other } = expected[i]!;
        expect(result).toEqual(other);
        const deltas = bench.deltasOf(calls[i]!);
        const streamed = deltas.map(({ text }) => text).join('');
        expect(streamed).toBe(calls[i]!.streamDeltas ? result.text : '');
        const { outputTokens } = results[i]!.usage;
        expect(outputTokens).toBe(expected[i]!.usage.outputTokens);
        expect(deltas.reduce((sum, { tokens }) => sum + tokens, 0)).toBeLessThanOrEqual(
          outputTokens,
        );
      }
      expect(expected.every(({ usage }) => usage.outputTokens > 1)).toBe(true);
    },
  );

  it('outlives an engine whose prefill stages compute on two threads when it dies', async () => {
    const fields = { threads: 2, kvMib: 16, contextTokens: 2048 };
    const calls = [1, 2, 3].map((i) => newCall([user(`${'word '.repeat(380)}${i}`)]));
    const { bench: whole } = await open({ kind: 'exit' }, fields);
    const expected = await whole.runAll(calls);
    const faults = { kind: 'exit', atSteps: [1, 3], duringStep: true } as const;
    const { bench, notices } = await open(faults, fields);
    const results = await bench.runAll(calls);
    expect(expected.every(({ error }) => error === undefined)).toBe(true);
    expect(results.map(({ text }) => text)).toEqual(expected.map(({ text }) => text));
    expect(notices.filter((notice) => notice.includes('started again'))).toHaveLength(2);
  });

  it('keeps what a call has said where the new engine would have said something else', async () => {
    const sampling = { temperature: 2, topK: 0, topP: 1, seed: 5n };
    const call = newCall([user('hi')], { sampling, maxTokens: 24, logprobs: 0 });
    const { bench: whole } = await open({ kind: 'throw' });
    const undisturbed = tokensOf(await whole.run(call));
    const { bench: other } = await open({ kind: 'throw', atSteps: [1], otherSeeds: true });
    expect(tokensOf(await other.run(call)).slice(0, 9)).not.toEqual(undisturbed.slice(0, 9));
    const { bench } = await open({ kind: 'throw', atSteps: [10], otherSeeds: true });
    const resumed = tokensOf(await bench.run(call));
    expect(resumed.slice(0, 9)).toEqual(undisturbed.slice(0, 9));
    expect(resumed).not.toEqual(undisturbed);
  });

  it('draws the same where no seed was given', async () => {
    const { bench } = await open({ kind: 'throw', atSteps: [9] });
    const sampling = { temperature: 2, topK: 0, topP: 1 };
    const call = newCall([user('hi')], { sampling, maxTokens: 24 });
    const { text } = await bench.run(call);
    // What was streamed before the death is how the text begins.
    const streamed = bench.deltasOf(call).map((delta) => delta.text);
    expect(streamed.join('')).toBe(text);
  });

  it('ends the call that kills every engine, and no other', async () => {
    const poison = newCall([user(`poison ${'word '.repeat(40)}`)]);
    const { bench: measure } = await open({ kind: 'exit' });
    const promptTokens = measure.tokensOf(poison).length;
    const { bench } = await open({ kind: 'exit', promptTokens });
    const calls = someCalls(5);
    const [bad, ...good] = await bench.runAll([poison, ...calls]);
    expect(bad?.error?.code).toBe('ENGINE_FAILED');
    expect(bad?.error?.message).toBe(
      "the engine's thread ended with code 3; it died 3 times with this call, the last time with no other",
    );
    expect(good.map((result) => result.error)).toEqual(calls.map(() => undefined));
    expect((await bench.run(newCall([user('after')]))).error).toBeUndefined();
  });

  it('refuses at once what ended every engine and comes again, until its time is over', async () => {
    const { poison, faults } = await poisonous('poison');
    const { bench, notices, skip } = await open(faults, { engine: 'sim', modelPath: '' });
    const again = () => bench.run(newCall(poison.messages));
    expect((await again()).error?.code).toBe('ENGINE_FAILED');
    expect(restarts(notices)).toBe(3);
    expect((await again()).error?.message).toMatch(
      /^the engine's thread ended with code 3; it died 3 times .*; it is not tried again for (600|599) s$/,
    );
    expect((await bench.run(newCall([user('another')]))).error).toBeUndefined();
    expect(restarts(notices)).toBe(3);
    skip(600_000);
    // Then it is tried again, alone.
    const [last, other] = await Promise.all([again(), bench.run(newCall([user('more')]))]);
    expect(last.error?.code).toBe('ENGINE_FAILED');
    expect(other.error).toBeUndefined();
    expect(restarts(notices)).toBe(4);
    expect((await again()).error?.message).toContain('it is not tried again for');
    expect(bench.eventsOf('failed')).toEqual([]);
  });

  it('serves on however many calls end every engine, one after the other', async () => {
    const { faults } = await poisonous('poison0');
    const { bench, notices } = await open(faults, { engine: 'sim', modelPath: '' });
    const calls = [0, 1, 2].map((i) => newCall([user(`poison${i} ${'word '.repeat(40)}`)]));
    expect(new Set(calls.map((call) => bench.tokensOf(call).length)).size).toBe(1);
    for (const call of calls) expect((await bench.run(call)).error?.code).toBe('ENGINE_FAILED');
    expect((await bench.run(newCall([user('after')]))).error).toBeUndefined();
    expect(restarts(notices)).toBe(9);
    expect(notices.filter((notice) => notice.includes('is at fault'))).toHaveLength(3);
    expect(bench.eventsOf('failed')).toEqual([]);
  });

  it('tells that all is gone, and numbers what comes then after it', async () => {
    const { bench } = await open({ kind: 'throw', atSteps: [7] });
    const system = bench.systemOf(3);
    const calls = ['one', 'two', 'three'].map((text) => newCall([system, user(text)]));
    for (const call of calls) await bench.run(call);
    const resident = new Set<SequenceBlockHash>();
    const events = bench.eventsOf('residency').map(({ event }) => event);
    for (const event of events) {
      if (event.kind === 'cleared') resident.clear();
      else
        for (const block of event.blocks) {
          if (event.kind === 'stored') resident.add(block);
          else resident.delete(block);
        }
    }
    expect(events.filter(({ kind }) => kind === 'cleared')).toHaveLength(1);
    const snapshot = await bench.engine.snapshot();
    expect(new Set(snapshot.blocks.map(({ hash }) => hash))).toEqual(resident);
    expect(snapshot.sequence).toBe(events.length);
  });

  it('pins again what was pinned', async () => {
    const { bench } = await open({ kind: 'throw', atSteps: [4] });
    const call = newCall([bench.systemOf(2), user('hi')]);
    const tokens = bench.tokensOf(call);
    bench.engine.direct({ kind: 'prefetch', cacheSalt: '', tokens, pin: true, nextUse: 0 });
    await bench.run(newCall([user('other')]));
    const pinned = async () => (await bench.engine.snapshot()).blocks.filter((b) => b.pinned);
    await expect.poll(pinned).not.toEqual([]);
    expect(bench.events.some((event) => event.kind === 'residency')).toBe(true);
  });

  it('gives up when engines die and nothing gets done', async () => {
    const atSteps = Array.from({ length: 100 }, (_, step) => step + 1);
    const { bench, pauses } = await open({ kind: 'memory', atSteps });
    const results = await bench.runAll(someCalls(6));
    expect(results.map((result) => result.error?.code)).toEqual(results.map(() => 'ENGINE_FAILED'));
    const message = 'the engine failed: Array buffer allocation failed (6 times)';
    expect(results.at(-1)?.error?.message).toBe(message);
    expect(bench.eventsOf('failed')).toEqual([{ kind: 'failed', message }]);
    expect(pauses).toEqual([250, 500, 1000, 2000]);
  });

  it.each([0, 500])(
    'says by itself that onnxruntime refuses the graph that decodes, and starts no other engine, heard after %i ms',
    async (lateMs) => {
      const graphFolder = mkdtempSync(join(tmpdir(), 'helium-refused-'));
      onTestFinished(() => rmSync(graphFolder, { recursive: true }));
      const { bench: whole } = await open({ kind: 'exit' }, { graphFolder });
      await whole.engine.close();
      const [graphs] = readdirSync(graphFolder);
      replaceGraph(join(graphFolder, graphs!), DECODE_FILE, 'no graph');
      const { bench, notices } = await open({ kind: 'exit' }, { graphFolder }, lateMs);
      await expect.poll(() => bench.eventsOf('failed')).toHaveLength(1);
      expect(bench.eventsOf('failed')[0]?.message).toMatch(
        /^the engine failed: onnxruntime cannot load .*decode\.onnx: /,
      );
      expect(notices).toEqual([]);
      expect((await bench.run(newCall([user('late')]))).error?.code).toBe('ENGINE_FAILED');
    },
  );

  it('will not serve another model under the same name', async () => {
    const { bench } = await open(
      { kind: 'exit', atSteps: [1] },
      { engine: 'sim', modelPath: 'changes' },
    );
    const result = await bench.run(newCall([user('hi')]));
    expect(result.error?.code).toBe('MODEL_MISMATCH');
    expect(bench.eventsOf('failed')[0]?.message).toContain("the model's files have changed");
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { createTinyModel } from '@helium/model/tiny';
import { createTokenizer } from '@helium/shared/tokenizer';
import { describe, expect, it, onTestFinished } from 'vitest';
import { EngineBench, newCall, user } from './conformance-bench.fixture.ts';
import type { EngineConfig } from './engine-config.ts';
import { startEngine } from './engine-thread.ts';
import { chooseForm } from './onnx/graph-form.ts';

const CONFIG: EngineConfig = {
  engine: 'sim',
  modelPath: '',
  modelName: '',
  graphFolder: '',
  threads: 1,
  precision: 'fast',
  maxBatch: 4,
  kvMib: 288,
  contextTokens: 512,
  simSpeed: 0,
};

async function openStubborn(misbehaviour: 'stall' | 'throw' | 'exit') {
  const gate = new Int32Array(new SharedArrayBuffer(4));
  const config = { ...CONFIG, misbehaviour, gate };
  const module = new URL('./stubborn-worker.fixture.ts', import.meta.url);
  const { engine, identity } = await startEngine(config, undefined, { module });
  const tokenizer = createTokenizer(identity.tokenizerSpec);
  return { gate, bench: new EngineBench({ engine, tokenizer }) };
}

describe('startEngine', () => {
  it('describes the engine and its model', async () => {
    const { engine, identity } = await startEngine({ ...CONFIG, modelName: 'mine' });
    expect(engine.description).toMatchObject({ engine: 'sim', maxBatch: 4, contextTokens: 512 });
    expect(identity.model).toBe('mine');
    expect(identity.tokenizerDigest).toBe(createTokenizer(identity.tokenizerSpec).digest);
    await engine.close();
  });

  it('rejects with the error of a model that cannot be opened', async () => {
    const config = { ...CONFIG, engine: 'onnx', modelPath: '/no/such/model' } as const;
    await expect(startEngine(config)).rejects.toMatchObject({
      code: 'MODEL_UNAVAILABLE',
      message: 'model /no/such/model: no such file or folder',
    });
  });

  it.each([1, 2])(
    'builds an engine of real weights from a config, with threads: %i',
    async (threads) => {
      const folder = mkdtempSync(join(tmpdir(), 'helium-thread-'));
      const modelPath = await createTinyModel(folder);
      const onnx = { engine: 'onnx', modelPath, graphFolder: folder, kvMib: 2, threads } as const;
      const { engine, identity } = await startEngine({ ...CONFIG, ...onnx });
      expect(identity.tokenizerDigest).toBe(createTokenizer(identity.tokenizerSpec).digest);
      const bench = new EngineBench({ engine, tokenizer: createTokenizer(identity.tokenizerSpec) });
      const result = await bench.run(newCall([user('hi')], { maxTokens: 3 }));
      expect(result).toMatchObject({ finish: 'length', usage: { outputTokens: 3 } });
      // Of a thread that was not started by one that flushes denormals it would not be this one's.
      const { kernels } = await chooseForm(CONFIG);
      expect(engine.description.device).toMatch(new RegExp(`kernels ${kernels}$`));
      await engine.close();
      rmSync(folder, { recursive: true });
    },
  );

  it('gives each precision of a model a digest of its own', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'helium-thread-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const modelPath = await createTinyModel(folder);
    const onnx = { engine: 'onnx', modelPath, graphFolder: folder, kvMib: 2 } as const;
    const digestOf = async (precision: EngineConfig['precision']) => {
      const { engine, identity } = await startEngine({ ...CONFIG, ...onnx, precision });
      await engine.close();
      return identity.modelDigest;
    };
    expect(await digestOf('exact')).not.toBe(await digestOf('fast'));
  });

  it('keeps this thread going while the engine stalls', async () => {
    const { gate, bench } = await openStubborn('stall');
    const result = bench.run(newCall([user('hi')]));
    for (let turn = 0; turn < 1000; turn++) await nextTurn();
    expect(bench.finishedIds).toEqual([]);
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
    expect((await result).error).toBeUndefined();
    await bench.engine.close();
  });

  it('lets a thread beside the engine end its work and then itself when the engine dies', async () => {
    const marks = new Int32Array(new SharedArrayBuffer(12));
    const config = { ...CONFIG, marks };
    const module = new URL('./sibling-engine.fixture.ts', import.meta.url);
    const { engine, identity } = await startEngine(config, undefined, { module });
    const bench = new EngineBench({ engine, tokenizer: createTokenizer(identity.tokenizerSpec) });
    const { error } = await bench.run(newCall([user('hi')]));
    expect(error?.message).toBe("the engine's thread ended with code 3");
    expect([...marks]).toEqual([0, 0, 0]);
    Atomics.store(marks, 0, 1);
    Atomics.notify(marks, 0);
    // Ends when all its threads have.
    await engine.close();
    expect([...marks]).toEqual([1, 1, 1]);
  });

  it('is refused when a thread beside the engine has ended, not while it computes', async () => {
    const marks = new Int32Array(new SharedArrayBuffer(12));
    const config = { ...CONFIG, marks, refusal: 'no weights' };
    const module = new URL('./sibling-engine.fixture.ts', import.meta.url);
    let isRefused = false;
    const start = startEngine(config, undefined, { module }).catch((thrown) => {
      isRefused = true;
      return thrown;
    });
    await sleep(400);
    expect(isRefused).toBe(false);
    Atomics.store(marks, 0, 1);
    Atomics.notify(marks, 0);
    expect(await start).toMatchObject({ code: 'MODEL_INVALID', message: 'no weights' });
    expect([...marks]).toEqual([1, 1, 1]);
  });

  it.each([
    ['throw', "the engine's thread died: out of memory"],
    ['exit', "the engine's thread ended with code 3"],
  ] as const)(
    'ends every call when the thread dies (%s), and says so once',
    async (kind, message) => {
      const { bench } = await openStubborn(kind);
      const calls = [newCall([user('a')]), newCall([user('b')])];
      const drained = bench.runAll(calls).then((results) => ({ results }));
      await bench.engine.drain();
      const { results } = await drained;
      for (const { finish, error } of results) {
        expect({ finish, error }).toEqual({
          finish: 'error',
          error: { code: 'ENGINE_FAILED', message },
        });
      }
      expect(bench.eventsOf('failed')).toEqual([{ kind: 'failed', message }]);
      const late = await bench.run(newCall([user('late')]));
      expect(late.error?.code).toBe('ENGINE_FAILED');
      await expect(bench.engine.snapshot()).rejects.toMatchObject({ code: 'ENGINE_FAILED' });
      await bench.engine.close();
    },
  );
});

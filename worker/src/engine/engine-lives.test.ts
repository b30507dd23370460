import { HeliumError, type ModelDigest, systemClock } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import { errorResult } from '../batching/error-result.ts';
import { newCall, user } from './conformance-bench.fixture.ts';
import type { Engine, EngineEvent } from './engine.ts';
import { EngineLives } from './engine-lives.ts';
import type { StartedEngine } from './engine-thread.ts';

type Start = 'starts' | 'has another model' | HeliumError;

const PREFETCHED: EngineEvent = { kind: 'prefetched', residentTokens: 1, computedTokens: 1 };

/** Lives of which each start goes as is said; later ones succeed. What happens is written down. */
async function open(...starts: Start[]) {
  const log: string[] = [];
  const say: ((event: EngineEvent) => void)[] = [];
  const fires: (() => void)[] = [];
  const lives: EngineLives = new EngineLives({
    async start(listener): Promise<StartedEngine> {
      const n = say.push(listener);
      const how = starts[n - 1] ?? 'starts';
      if (how instanceof HeliumError) throw how;
      const engine = { close: async () => void log.push(`close ${n}`) };
      const modelDigest = (how === 'starts' ? 'digest' : 'other') as ModelDigest;
      const identity = { modelDigest } as StartedEngine['identity'];
      return { engine: engine as unknown as Engine, identity };
    },
    user: {
      said: (events) => log.push(...events.map(({ kind }) => `said ${kind}`)),
      died: (message) => log.push(`died: ${message}`),
      started: () => log.push(`started ${say.length}`),
      gaveUp: ({ code, message }) => log.push(`gave up: ${code} ${message}`),
      waitingCalls: () => 2,
    },
    notice: (message) => log.push(message),
    clock: {
      ...systemClock,
      setTimer(_, fire) {
        fires.push(fire);
        return { cancel: () => {} };
      },
    },
  });
  await lives.open();
  const fail = (isFinal = false) => say.at(-1)?.({ kind: 'failed', message: 'no memory', isFinal });
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
  /** Lets pauses pass. */
  const settle = async () => {
    await turn();
    for (const fire of fires.splice(0)) fire();
    await turn();
    return log.splice(0);
  };
  return { lives, say: (event: EngineEvent) => say.at(-1)?.(event), fail, settle, log, turn };
}

describe('EngineLives', () => {
  it('closes an engine that died and starts another at once', async () => {
    const { fail, settle, lives } = await open();
    fail();
    expect(lives.present).toBeUndefined();
    expect(await settle()).toEqual([
      'died: no memory',
      'no memory; it is started again for 2 calls',
      'close 1',
      'started 2',
    ]);
    expect(lives.present).toBeDefined();
  });

  it('hands on what an engine said before it died, but not the calls that ended by its death', async () => {
    const { say, fail, settle } = await open();
    const call = newCall([user('hi')]);
    const died = errorResult(call, new HeliumError('ENGINE_FAILED', 'no memory'));
    say({ kind: 'finished', result: died });
    say(PREFETCHED);
    fail();
    expect((await settle()).slice(0, 2)).toEqual(['said prefetched', 'died: no memory']);
  });

  it('hears nothing more of an engine that died', async () => {
    const { say, fail, settle, log } = await open();
    fail();
    say(PREFETCHED);
    fail();
    expect(await settle()).not.toContain('said prefetched');
    expect(log).toEqual([]);
  });

  it('pauses longer with each death before which nothing was done, and gives up after six', async () => {
    const { fail, settle } = await open();
    const log: string[] = [];
    for (let death = 1; death <= 6; death++) {
      fail();
      log.push(...(await settle()));
    }
    expect(log.flatMap((line) => /in \d+ ms/.exec(line) ?? [])).toEqual([
      'in 250 ms',
      'in 500 ms',
      'in 1000 ms',
      'in 2000 ms',
    ]);
    expect(log.at(-1)).toBe('gave up: ENGINE_FAILED no memory (6 times)');
  });

  it('starts at once again where something was done in between, however often', async () => {
    const { lives, fail, settle } = await open();
    for (let death = 1; death <= 8; death++) {
      fail();
      expect(await settle()).toContain('no memory; it is started again for 2 calls');
      lives.proveFruitful();
    }
  });

  it('gives up at once what says that the next one could not either', async () => {
    const { fail, settle, lives } = await open();
    fail(true);
    expect(await settle()).toEqual(['died: no memory', 'gave up: ENGINE_FAILED no memory']);
    await lives.close();
    expect(await settle()).toEqual(['close 1']);
  });

  it('counts a start that fails as a death where another may succeed, and gives up where none can', async () => {
    const busy = new HeliumError('ENGINE_FAILED', 'no thread');
    const gone = new HeliumError('MODEL_INVALID', 'no file');
    const { fail, settle } = await open('starts', busy, gone);
    fail();
    expect(await settle()).toEqual([
      'died: no memory',
      'no memory; it is started again for 2 calls',
      'close 1',
      'it cannot be started again: no thread; it is started again in 250 ms for 2 calls',
      'gave up: MODEL_INVALID no memory; it cannot be started again: no file',
    ]);
  });

  it('refuses an engine of another model, and closes it in the end', async () => {
    const { lives, fail, settle } = await open('starts', 'has another model');
    fail();
    expect((await settle()).at(-1)).toBe(
      "gave up: MODEL_MISMATCH no memory; it cannot be started again: the model's files have changed: digest other, served is digest",
    );
    await lives.close();
    expect(await settle()).toEqual(['close 2']);
  });

  it('starts none once it is closed, also in a pause', async () => {
    const { lives, fail, settle, turn, log } = await open();
    fail();
    await settle();
    fail();
    await turn();
    await lives.close();
    expect(log.at(-1)).toBe('close 2');
    log.length = 0;
    expect(await settle()).toEqual([]);
    expect(lives.present).toBeUndefined();
  });
});

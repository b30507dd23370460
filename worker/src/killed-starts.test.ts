import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createTinyModel } from '@helium/model/tiny';
import type { wire } from '@helium/proto';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { DECODE_FILE, HEAD_FILE, WEIGHT_FILE } from './engine/onnx/cache/graph-files.ts';
import { MANIFEST_FILE } from './engine/onnx/cache/graph-manifest.ts';
import { serveAttach, WELCOME } from './link/fake-coordinator.cases.ts';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));

let model: string;
/** What a worker answers that nobody disturbed. */
let undisturbed: string | undefined;

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'helium-killed-model-'));
  model = await createTinyModel(folder, { layers: 4, seed: 5 });
  return () => rmSync(folder, { recursive: true });
});

function homeOfTest(): string {
  const home = mkdtempSync(join(tmpdir(), 'helium-killed-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  return home;
}

function start(home: string, address: string): ChildProcess {
  const flags = ['--engine', 'onnx', '--model', model, '--kv-mib', '8', '--home', home];
  const args = [MAIN, ...flags, '--coordinator', address];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

/** A worker that is attached, the text it answers, and what it logged until it ended in order. */
async function serve(home: string): Promise<{ readonly text: string; readonly log: string }> {
  const answered = Promise.withResolvers<wire.CallResult__Output>();
  const { address } = await serveAttach((stream) => {
    stream.on('data', ({ hello, credits, results }) => {
      if (hello) stream.write(WELCOME);
      if (credits) stream.write({ batch: { calls: [CALL] } });
      for (const result of results?.results ?? []) answered.resolve(result);
    });
    stream.on('end', () => stream.end());
  });
  const child = start(home, address);
  let log = '';
  child.stderr!.setEncoding('utf8').on('data', (text) => {
    log += text;
  });
  child.on('exit', () => answered.reject(new Error(log)));
  const { text, finish } = await answered.promise;
  expect(finish).toBe('FINISH_REASON_LENGTH');
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
  return { text, log };
}

const CALL: wire.Call = {
  callId: 'c1',
  messages: [{ role: 'ROLE_USER', parts: [{ text: 'What is half of a graph?' }] }],
  maxTokens: 8,
  order: 1,
};

async function cleanText(): Promise<string> {
  undisturbed ??= (await serve(homeOfTest())).text;
  return undisturbed;
}

/** Sends it the signal as soon as `isTime`, looked at all the time, and tells how it ended; undefined: before that. */
async function signalWhen(
  child: ChildProcess,
  signal: 'SIGKILL' | 'SIGTERM',
  isTime: () => boolean,
): Promise<readonly [code: number | null, signal: string | null] | undefined> {
  const ended = once(child, 'exit') as Promise<[number | null, string | null]>;
  while (!isTime() && child.exitCode === null) await new Promise(setImmediate);
  const wasThere = child.exitCode === null;
  child.kill(signal);
  const how = await ended;
  return wasThere ? how : undefined;
}

/** Whether a worker of this home has written that file of its graphs; '': whether it has begun. */
function hasWritten(home: string, file: string): () => boolean {
  const graphs = join(home, 'graphs');
  mkdirSync(graphs, { recursive: true });
  return () => readdirSync(graphs).some((name) => existsSync(join(graphs, name, file)));
}

const STAGES = [
  ['begins to build graphs', ''],
  ['writes weights', WEIGHT_FILE],
  ['has written weights and writes graphs', DECODE_FILE],
  ['has written all but the manifest', HEAD_FILE],
  ['has written the manifest', MANIFEST_FILE],
] as const;

describe('a worker killed while it starts', () => {
  it.each(STAGES)('when it %s leaves nothing that the next one would use', async (_, file) => {
    const home = homeOfTest();
    const graphs = join(home, 'graphs');
    const child = start(home, '127.0.0.1:9');
    const how = await signalWhen(child, 'SIGKILL', hasWritten(home, file));
    expect(how).toEqual([null, 'SIGKILL']);
    const { text, log } = await serve(home);
    expect(text).toBe(await cleanText());
    expect(log).not.toContain('damaged');
    // What is left is not used, and goes when it is old enough to be nobody's.
    const old = new Date(Date.now() - 3_600_000);
    for (const name of readdirSync(graphs)) {
      if (!name.includes('.')) continue;
      const folder = join(graphs, name);
      for (const path of [...readdirSync(folder).map((each) => join(folder, each)), folder])
        utimesSync(path, old, old);
    }
    const again = await serve(home);
    expect(again.text).toBe(await cleanText());
    expect(readdirSync(graphs)).toHaveLength(1);
  });

  it('while it loads them leaves them whole', async () => {
    const home = homeOfTest();
    expect((await serve(home)).text).toBe(await cleanText());
    const graphs = readdirSync(join(home, 'graphs'));
    for (const afterMs of [150, 300, 500]) {
      const child = start(home, '127.0.0.1:9');
      await pause(afterMs);
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    const { text, log } = await serve(home);
    expect(text).toBe(await cleanText());
    expect(log).not.toContain('graph cache');
    expect(readdirSync(join(home, 'graphs'))).toEqual(graphs);
  });
});

/** Linux tells what a process has mapped: onnxruntime maps the weights of a graph that it opens. */
const MAPS = '/proc/self/maps';
if (!existsSync(MAPS)) console.error(`SKIPPED: stopping a worker that opens a session: no ${MAPS}`);

describe('a worker told to stop while it loads its model', () => {
  it('ends in order when it builds graphs, and leaves what the next one serves', async () => {
    const home = homeOfTest();
    const child = start(home, '127.0.0.1:9');
    expect(await signalWhen(child, 'SIGTERM', hasWritten(home, ''))).toEqual([0, null]);
    const { text, log } = await serve(home);
    expect(text).toBe(await cleanText());
    expect(log).not.toContain('damaged');
  });

  it.skipIf(!existsSync(MAPS))(
    'ends in order when it opens a session, where onnxruntime would abort the process',
    async () => {
      const home = homeOfTest();
      await serve(home);
      const maps = (child: ChildProcess) => () =>
        child.exitCode === null &&
        readFileSync(MAPS.replace('self', `${child.pid}`), 'utf8').includes(WEIGHT_FILE);
      // A few, since it may be over by the time that the signal arrives.
      for (let i = 0; i < 4; i++) {
        const child = start(home, '127.0.0.1:9');
        let said = '';
        child.stderr!.setEncoding('utf8').on('data', (text) => {
          said += text;
        });
        expect(await signalWhen(child, 'SIGTERM', maps(child)), said).toEqual([0, null]);
      }
    },
  );
});

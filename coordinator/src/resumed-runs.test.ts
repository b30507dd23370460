import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GREEDY, modelDigest, operatorId, tenantId } from '@helium/shared';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Coordinator, type CoordinatorSettings, createCoordinator } from './coordinator.ts';
import { collect } from './dispatch/collect.fixture.ts';
import { MemoryWorker } from './dispatch/memory-worker.fixture.ts';
import type { CreateRun, RunEvent, RunOptions } from './dispatch/run-port.ts';
import { USUAL_OPTIONS } from './dispatch/usual-options.ts';
import type { Operator, Segment } from './plan/index.ts';
import { COORDINATOR_SETTINGS } from './start-coordinator.fixture.ts';

const tenant = tenantId('t');
const never = new AbortController().signal;
const ref = (id: string): Segment => ({ kind: 'ref', operator: operatorId(id) });
const text = (words: string): Segment => ({ kind: 'text', text: words });

function llm(id: string, content: readonly Segment[], changes = {}): Operator {
  const messages = [{ role: 'user', content } as const];
  const usual = { model: '', messages, sampling: GREEDY, maxTokens: 16, stop: [] };
  return { kind: 'llm', id: operatorId(id), ...usual, ...changes };
}

/** Two calls, one after the other. */
const CHAIN: readonly Operator[] = [
  { kind: 'input', id: operatorId('topic'), field: 'topic' },
  llm('first', [text('Say: '), ref('topic')]),
  llm('second', [text('Go on: '), ref('first')]),
  { kind: 'output', id: operatorId('a'), name: 'a', value: operatorId('first') },
  { kind: 'output', id: operatorId('b'), name: 'b', value: operatorId('second') },
];

function request(
  operators = CHAIN,
  options: Partial<RunOptions> = {},
  requestId = '',
  rows = [{ topic: 'tides' }, { topic: '$map' }],
): CreateRun {
  const workflow = { name: 'chain', operators };
  return { tenant, requestId, workflow, rows, options: { ...USUAL_OPTIONS, ...options } };
}

/** A state folder in which one coordinator after the other is started. */
function place() {
  const stateFolder = mkdtempSync(join(tmpdir(), 'helium-resumed-'));
  let last: Coordinator | undefined;
  onTestFinished(async () => {
    await last?.close();
    rmSync(stateFolder, { recursive: true });
  });
  return {
    stateFolder,
    /** The one before is gone, without having let its runs end. */
    async start(settings: Partial<CoordinatorSettings> = {}): Promise<Coordinator> {
      await last?.close();
      const all = { ...COORDINATOR_SETTINGS, ...settings };
      last = await createCoordinator(all, { stateFolder, version: '0' });
      return last;
    },
  };
}

/** Watches until so many calls have finished. */
async function readUntil(coordinator: Coordinator, id: CreateRunId, calls: number) {
  const stop = new AbortController();
  const events: RunEvent[] = [];
  let finished = 0;
  for await (const event of coordinator.runs.watchRun(tenant, id, 0, stop.signal)) {
    events.push(event);
    if (event.kind === 'callFinished' && ++finished === calls) break;
  }
  stop.abort();
  return events;
}

type CreateRunId = Awaited<ReturnType<Coordinator['runs']['createRun']>>['id'];

function outputsOf(events: readonly RunEvent[]): string[] {
  return events.flatMap((e) => (e.kind === 'output' ? `${e.row} ${e.name} ${e.text}` : [])).sort();
}

/** A coordinator that starts anew with a run planned for one's weights, and first gets a worker with others. */
async function replaced(settings: Partial<CoordinatorSettings> = {}) {
  const { start } = place();
  const first = await start();
  const worker = new MemoryWorker('w');
  worker.isHeld = true;
  worker.attach(first.workers);
  const { id } = await first.runs.createRun(request());
  await new Promise((resolve) => setTimeout(resolve, 50));
  const second = await start(settings);
  const other = new MemoryWorker('other', { modelDigest: modelDigest('e'.repeat(64)) });
  other.attach(second.workers);
  return { second, id, other, same: new MemoryWorker('same') };
}

describe('a coordinator that starts anew', () => {
  it('goes on where the other was, tells nothing twice, and counts the whole run', async () => {
    const { start } = place();
    const undisturbed = await start({ 'run-journal': 'off' });
    new MemoryWorker('w').attach(undisturbed.workers);
    const naive = await undisturbed.runs.createRun(request(CHAIN, { naive: true }));
    const wanted = outputsOf(await collect(undisturbed.runs.watchRun(tenant, naive.id, 0, never)));

    const first = await start();
    const worker = new MemoryWorker('w');
    worker.attach(first.workers);
    const { id } = await first.runs.createRun(request(CHAIN, { usePromptCache: false }));
    worker.isHeld = true;
    setImmediate(() => worker.release());
    const before = await readUntil(first, id, 1);
    worker.isHeld = true;

    const second = await start();
    expect(second.runs.getRun(tenant, id)).toMatchObject({ state: 'running', rowCount: 2 });
    const cursor = before.at(-1)?.cursor ?? 0;
    const other = new MemoryWorker('w');
    other.attach(second.workers);
    const after = await collect(second.runs.watchRun(tenant, id, cursor, never));
    const events = [...before, ...after];
    expect(outputsOf(events)).toEqual(wanted);
    const cursors = events.map((event) => event.cursor);
    expect(cursors).toEqual(cursors.map((_, i) => i + 1));
    expect(events.filter(({ kind }) => kind === 'planned')).toHaveLength(1);
    const finished = events.flatMap((e) =>
      e.kind === 'callFinished' ? `${e.rows[0]} ${e.operator}` : [],
    );
    expect(finished.toSorted()).toEqual(['0 first', '0 second', '1 first', '1 second']);
    expect(worker.ran.length + other.ran.length).toBe(4);
    const end = events.at(-1);
    expect(end).toMatchObject({ kind: 'finished', state: 'succeeded' });
    if (end?.kind !== 'finished') return;
    expect(end.summary.operators).toMatchObject({ submitted: 4, executed: 4 });
    expect(end.summary.tokens.prompt).toBeGreaterThan(0);

    // Ended runs are read again, by another coordinator after it as well.
    const third = await start();
    expect(await collect(third.runs.watchRun(tenant, id, 0, never))).toEqual(events);
    expect(third.runs.getRun(tenant, id)).toEqual(second.runs.getRun(tenant, id));
  });

  it('goes on with what only its key opens; no file of it shows what runs were given and gave', async () => {
    const { start, stateFolder } = place();
    const keyFile = join(mkdtempSync(join(tmpdir(), 'helium-key-')), 'keys');
    onTestFinished(() => rmSync(join(keyFile, '..'), { recursive: true }));
    const [old, next] = ['1', '2'].map((digit) => digit.repeat(64));
    writeFileSync(keyFile, `${old}\n`);
    const sealed = { 'storage-key-file': keyFile };
    const first = await start(sealed);
    const worker = new MemoryWorker('w');
    worker.attach(first.workers);
    const rows = [{ topic: 'a private matter' }];
    const { id } = await first.runs.createRun(request(CHAIN, {}, '', rows));
    setImmediate(() => worker.release());
    const [before] = (await readUntil(first, id, 1)).slice(-1);
    worker.isHeld = true;

    writeFileSync(keyFile, `${next}\n${old}\n`);
    const second = await start(sealed);
    new MemoryWorker('w').attach(second.workers);
    const after = await collect(second.runs.watchRun(tenant, id, before?.cursor ?? 0, never));
    expect(after.at(-1)).toMatchObject({ kind: 'finished', state: 'succeeded' });
    await second.close();
    const answers = outputsOf(after).map((output) => output.split(' ')[2] as string);
    expect(answers.length).toBeGreaterThan(0);
    const files = readdirSync(stateFolder).filter((name) => name.includes('sqlite'));
    expect(files).toEqual(expect.arrayContaining(['prompt-cache.sqlite', 'runs.sqlite']));
    for (const file of files) {
      const content = readFileSync(join(stateFolder, file));
      for (const words of ['private matter', ...answers])
        expect(content.includes(words)).toBe(false);
    }

    writeFileSync(keyFile, `${'3'.repeat(64)}\n`);
    await expect(start(sealed)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(
        /^storage-key-file: run ".*" is journaled under the key [0-9a-f]{16}; .*keys has [0-9a-f]{16} alone$/,
      ),
    });
    await expect(start()).rejects.toThrow('there is none');
  });

  it('knows which request created which run', async () => {
    const { start } = place();
    const first = await start();
    const worker = new MemoryWorker('w');
    worker.isHeld = true;
    worker.attach(first.workers);
    const { id } = await first.runs.createRun(request(CHAIN, {}, 'q'));
    const second = await start();
    new MemoryWorker('w').attach(second.workers);
    expect((await second.runs.createRun(request(CHAIN, {}, 'q'))).id).toBe(id);
    await expect(second.runs.createRun(request(CHAIN, { seed: 7 }, 'q'))).rejects.toThrow(
      'with another content',
    );
    expect(second.runs.listRuns(tenant).map((run) => run.id)).toEqual([id]);
  });

  it('keeps the text of a sampled call that it delivered', async () => {
    const { start } = place();
    const sampled = { temperature: 1, topK: 0, topP: 1 };
    const operators = CHAIN.map((each) =>
      each.id === 'first' ? { ...each, sampling: sampled } : each,
    ) as Operator[];
    const first = await start();
    const worker = new MemoryWorker('w');
    worker.attach(first.workers);
    const { id } = await first.runs.createRun(request(operators, {}, '', [{ topic: 'tides' }]));
    const before = await readUntil(first, id, 1);
    worker.isHeld = true;
    const second = await start();
    const other = new MemoryWorker('w');
    other.attach(second.workers);
    const after = await collect(
      second.runs.watchRun(tenant, id, before.at(-1)?.cursor ?? 0, never),
    );
    expect(other.ran).toHaveLength(1);
    const outputs = [...before, ...after].flatMap((e) => (e.kind === 'output' ? e.text : []));
    expect(other.ran[0]?.messages[0]?.content).toBe(`Go on: ${outputs[0]}`);
  });

  it('does not run a function again that is not pure, and fails a run whose function is gone', async () => {
    const { start, stateFolder } = place();
    const module = join(stateFolder, 'count.functions.mjs');
    const countFile = join(stateFolder, 'count');
    writeFileSync(
      module,
      `import { appendFileSync, readFileSync } from 'node:fs';
      export const functions = { 'count.up': { description: 'counts', pure: false, run() {
        appendFileSync(${JSON.stringify(countFile)}, 'x');
        return String(readFileSync(${JSON.stringify(countFile)}).length);
      } } };`,
    );
    const operators: Operator[] = [
      { kind: 'fn', id: operatorId('n'), name: 'count.up', pure: false, args: [] },
      llm('call', [text('Number '), ref('n')]),
      { kind: 'output', id: operatorId('o'), name: 'n', value: operatorId('n') },
      { kind: 'output', id: operatorId('p'), name: 'p', value: operatorId('call') },
    ];
    const first = await start({ functions: module });
    const worker = new MemoryWorker('w');
    worker.isHeld = true;
    worker.attach(first.workers);
    const { id } = await first.runs.createRun(request(operators, {}, '', [{ topic: '' }]));
    for await (const event of first.runs.watchRun(tenant, id, 0, never))
      if (event.kind === 'output') break;

    const second = await start({ functions: module });
    const other = new MemoryWorker('w');
    other.isHeld = true;
    other.attach(second.workers);
    while (second.cluster.listWorkers()[0]?.scheduledCalls === 0 && other.inFlightMost === 0)
      await new Promise((resolve) => setImmediate(resolve));

    const third = await start();
    const events = await collect(third.runs.watchRun(tenant, id, 0, never));
    expect(third.runs.getRun(tenant, id)).toMatchObject({
      state: 'failed',
      error: { code: 'FUNCTION_UNKNOWN' },
    });
    expect(third.runs.getRun(tenant, id).error?.message).toContain('cannot be resumed');
    expect(events.flatMap((e) => (e.kind === 'output' ? e.text : []))).toEqual(['1']);
    expect(events.at(-1)).toMatchObject({ kind: 'finished', state: 'failed' });
  });

  it('cancels a run that waits, minds deadlines, and fails one by name when others took the place of its weights', async () => {
    const { start } = place();
    const first = await start();
    const worker = new MemoryWorker('w');
    worker.isHeld = true;
    worker.attach(first.workers);
    const [changed, cancelled, late] = [
      await first.runs.createRun(request()),
      await first.runs.createRun(request()),
      await first.runs.createRun(request(CHAIN, { deadlineMs: 300 })),
    ];
    await new Promise((resolve) => setTimeout(resolve, 50));
    const second = await start({ 'heartbeat-ms': 25, 'worker-timeout-ms': 100 });
    const answer = await second.runs.cancelRun(tenant, cancelled.id, 'enough');
    expect(answer).toMatchObject({ state: 'cancelled', error: { message: 'enough' } });
    const end = await collect(second.runs.watchRun(tenant, late.id, 0, never));
    expect(end.at(-1)).toMatchObject({ state: 'failed', error: { code: 'DEADLINE_PASSED' } });
    new MemoryWorker('w', { modelDigest: modelDigest('e'.repeat(64)) }).attach(second.workers);
    const events = await collect(second.runs.watchRun(tenant, changed.id, 0, never));
    expect(events.at(-1)).toMatchObject({
      state: 'failed',
      error: {
        code: 'MODEL_MISMATCH',
        message: expect.stringMatching(
          /"m" has digest e+, had d+, which nobody has served for 3000 ms/,
        ),
      },
    });
  });

  it('goes on with the weights that a run was planned for, whichever come first', async () => {
    const { second, id, other, same } = await replaced();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(second.runs.getRun(tenant, id).state).toBe('running');
    same.attach(second.workers);
    const events = await collect(second.runs.watchRun(tenant, id, 0, never));
    expect(events.at(-1)).toMatchObject({ state: 'succeeded' });
    expect([other.ran.length, same.ran.length]).toEqual([0, 4]);
  });

  it('asks a worker to stay that wants to go while the runs that need it are planned again', async () => {
    const { second, id, other, same } = await replaced({ 'worker-timeout-ms': 5000 });
    same.attach(second.workers);
    same.say({ kind: 'draining', mayStay: true });
    const events = await collect(second.runs.watchRun(tenant, id, 0, never));
    expect(events.at(-1)).toMatchObject({ state: 'succeeded' });
    expect([same.stays, same.ran.length, other.ran.length]).toEqual([true, 4, 0]);
    await vi.waitFor(() => expect(same.drained).toBe(true), { timeout: 4000 });
  });
});

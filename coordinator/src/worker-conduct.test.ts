import {
  callId,
  GREEDY,
  NO_USAGE,
  operatorId,
  type SequenceBlockHash,
  tenantId,
} from '@helium/shared';
import { createLogger } from '@helium/shared/telemetry';
import { expect, it } from 'vitest';
import { collect } from './dispatch/collect.fixture.ts';
import { MemoryWorker, memoryAnswer } from './dispatch/memory-worker.fixture.ts';
import type { CreateRun } from './dispatch/run-port.ts';
import { USUAL_OPTIONS } from './dispatch/usual-options.ts';
import type { Operator } from './plan/index.ts';
import { startCoordinatorWith } from './start-coordinator.fixture.ts';

const tenant = tenantId('t');

/** A coordinator with a worker that holds what it gets, and a run that has a call for each text. */
async function start(...texts: readonly string[]) {
  const lines: string[] = [];
  const logger = createLogger('c', 'info', { write: (line) => lines.push(line) });
  const worker = new MemoryWorker('w');
  worker.isHeld = true;
  const coordinator = await startCoordinatorWith({ logger }, worker);
  const request = requestOf(texts.length === 0 ? ['Think.'] : texts);
  const { id } = await coordinator.runs.createRun(request);
  const events = coordinator.runs.watchRun(tenant, id, 0, new AbortController().signal);
  const ended = collect(events);
  while (worker.received.length === 0) await new Promise(setImmediate);
  const warnings = () =>
    lines.filter((line) => line.includes('WARN')).map((line) => line.slice(25));
  return { worker, coordinator, ended, warnings, request };
}

function requestOf(texts: readonly string[]): CreateRun {
  const operators = texts.flatMap((text, i): Operator[] => {
    const id = operatorId(`a${i}`);
    const messages = [{ role: 'user', content: [{ kind: 'text', text }] }] as const;
    const asked = { model: '', messages, sampling: GREEDY, maxTokens: 16, stop: [] };
    const output = { id: operatorId(`out${i}`), name: `answer${i}`, value: id };
    return [
      { kind: 'llm', id, ...asked },
      { kind: 'output', ...output },
    ];
  });
  const workflow = { name: 'one', operators };
  return { tenant, requestId: '', workflow, rows: [{}], options: USUAL_OPTIONS };
}

it('results of calls that a worker was not given count for nothing, and are told once', async () => {
  const { worker, coordinator, ended, warnings } = await start();
  const usage = { ...NO_USAGE, promptTokens: 1000, prefillMs: 1, decodeMs: 1 };
  const result = { id: callId('nobody'), text: 'No!', finish: 'stop', usage } as const;
  for (let i = 0; i < 3; i++) worker.say({ kind: 'result', result });
  worker.release();
  const events = await ended;
  const { id } = worker.ran[0]!;
  worker.say({ kind: 'result', result: { ...result, id } });
  expect(events.find(({ kind }) => kind === 'output')).toMatchObject({
    text: memoryAnswer([{ role: 'user', content: 'Think.' }]),
  });
  const [record] = coordinator.cluster.listWorkers();
  expect(record).toMatchObject({ finishedCalls: 1 });
  expect(warnings()).toEqual([
    'WARN  c/dispatch: worker ended a call that it does not have; such results count for nothing worker=w epoch=1 call=nobody finish=stop',
  ]);
});

it('a worker that fails calls is told, once for each kind of error', async () => {
  const { worker, ended, warnings } = await start();
  const error = { code: 'ENGINE_FAILED', message: 'no memory' } as const;
  for (let i = 0; i < 4; i++) {
    while (worker.received.length <= i) await new Promise(setImmediate);
    const result = {
      id: worker.received[i]!.id,
      text: '',
      finish: 'error',
      usage: NO_USAGE,
      error,
    } as const;
    worker.say({ kind: 'result', result });
    worker.say({ kind: 'credits', calls: 1 });
  }
  expect((await ended).at(-1)).toMatchObject({ state: 'failed' });
  expect(warnings().map((line) => line.replace(/ call=\S+/, ''))).toEqual([
    'WARN  c/dispatch: worker failed a call worker=w epoch=1 code=ENGINE_FAILED error="no memory"',
  ]);
});

it('a worker that answers nothing is ejected, and whoever asks is told why', async () => {
  const { worker, coordinator, ended, warnings, request } = await start(
    'One.',
    'Two.',
    'Three.',
    'Four.',
  );
  const error = { code: 'ENGINE_FAILED', message: 'no device' } as const;
  for (const { id } of worker.received.slice(0, 3)) {
    worker.say({
      kind: 'result',
      result: { id, text: '', finish: 'error', usage: NO_USAGE, error },
    });
    worker.say({ kind: 'credits', calls: 1 });
  }
  const stateReason = 'it answered none of its last 3 calls: ENGINE_FAILED no device';
  const record = () => coordinator.cluster.listWorkers()[0];
  expect(record()).toMatchObject({ state: 'ejected', stateReason });
  expect(warnings().at(-1)).toBe(
    `WARN  c/dispatch: worker is ejected worker=w epoch=1 ms=1000 reason="${stateReason}"`,
  );
  const explained = await coordinator.runs.explainRun({ ...request, full: false });
  const text = explained.sections
    .map((section) => section.text)
    .join('\n')
    .replace(/\s+/g, ' ');
  expect(text).toContain('2 workers (ASSUMED: none takes calls now)');
  expect(text).toContain(`Nothing is planned for worker "w": ${stateReason}`);
  worker.release();
  expect((await ended).at(-1)).toMatchObject({ state: 'succeeded' });
  // What it had already it answered, so it is as good as any.
  expect(record()).toMatchObject({ state: 'ready', stateReason: '' });
});

it('a worker that says it holds far more blocks than fit is let go: the coordinator remembers them all', async () => {
  const worker = new MemoryWorker('w', { kvTokens: 64, blockTokens: 16 });
  const lines: string[] = [];
  const logger = createLogger('c', 'info', { write: (line) => lines.push(line) });
  await startCoordinatorWith({ logger }, worker);
  for (let i = 1; i <= 17; i++) {
    expect(worker.closedBecause).toBeUndefined();
    const blocks = [i.toString(16).padStart(32, '0') as SequenceBlockHash];
    worker.say({ kind: 'residency', events: [{ sequence: i, event: { kind: 'stored', blocks } }] });
  }
  const reason = 'worker "w" says that it holds 17 blocks, and that it has room for 4';
  expect(worker.closedBecause).toBe(reason);
  expect(lines.at(-1)).toContain(`worker lost worker=w epoch=1 reason=${JSON.stringify(reason)}`);
});

it('a worker that gives calls up is told once; one that gives back what it was asked for is not', async () => {
  const { worker, coordinator, ended, warnings } = await start();
  const cancelled = { text: '', finish: 'cancelled', usage: NO_USAGE } as const;
  for (let i = 0; i < 2; i++) {
    while (worker.received.length <= i) await new Promise(setImmediate);
    worker.say({ kind: 'result', result: { ...cancelled, id: worker.received[i]!.id } });
    worker.say({ kind: 'credits', calls: 1 });
  }
  while (worker.received.length < 3) await new Promise(setImmediate);
  const [run] = coordinator.runs.listRuns(tenant);
  coordinator.runs.cancelRun(tenant, run!.id, 'enough');
  await ended;
  while (worker.cancelled.length === 0) await new Promise(setImmediate);
  await new Promise(setImmediate);
  const { id } = worker.received[0]!;
  expect(warnings()).toEqual([
    `WARN  c/dispatch: worker gave up a call that it was not asked for worker=w epoch=1 call=${id}`,
  ]);
});

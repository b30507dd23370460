import {
  GREEDY,
  type HeliumError,
  modelDigest,
  operatorId,
  type RunId,
  runId,
  tenantId,
} from '@helium/shared';
import { createLogger } from '@helium/shared/telemetry';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Coordinator } from './coordinator.ts';
import { collect } from './dispatch/collect.fixture.ts';
import { MemoryWorker } from './dispatch/memory-worker.fixture.ts';
import type { CreateRun, RunEvent, RunOptions, RunSummary } from './dispatch/run-port.ts';
import { ScheduleThread } from './dispatch/schedule-thread.ts';
import { USUAL_OPTIONS } from './dispatch/usual-options.ts';
import type { Operator, Row, Segment, Workflow } from './plan/index.ts';
import { startCoordinator, startCoordinatorWith } from './start-coordinator.fixture.ts';
import { kvSalt } from './wire-coordinator.ts';

const tenant = tenantId('t');
const never = new AbortController().signal;

/** `{x}` refers to the operator x. */
function segments(template: string): Segment[] {
  return template
    .split(/(\{[a-z]+\})/)
    .filter((part) => part !== '')
    .map((part) =>
      part.startsWith('{')
        ? { kind: 'ref', operator: operatorId(part.slice(1, -1)) }
        : { kind: 'text', text: part },
    );
}

function llm(id: string, system: string, user: string): Operator {
  return {
    kind: 'llm',
    id: operatorId(id),
    model: '',
    messages: [
      { role: 'system', content: segments(system) },
      { role: 'user', content: segments(user) },
    ],
    sampling: GREEDY,
    maxTokens: 16,
    stop: [],
  };
}

const HOUSE = 'You work for a house that reads much and says little. Be brief, be kind, be right.';

/** Two experts read a topic, a third sums up. */
const EXPERTS: Workflow = {
  name: 'experts',
  operators: [
    { kind: 'input', id: operatorId('topic'), field: 'topic' },
    llm('one', HOUSE, 'As a physicist: {topic}'),
    llm('two', HOUSE, 'As a poet: {topic}'),
    llm('sum', HOUSE, 'Sum up: {one} and {two}'),
    { kind: 'output', id: operatorId('out'), name: 'answer', value: operatorId('sum') },
  ],
};
const ROWS: readonly Row[] = ['tides', 'moths', 'rust'].map((topic) => ({ topic }));

function request(changes: Partial<CreateRun> = {}, options: Partial<RunOptions> = {}): CreateRun {
  return {
    tenant,
    requestId: '',
    workflow: EXPERTS,
    rows: ROWS,
    options: { ...USUAL_OPTIONS, ...options },
    ...changes,
  };
}

interface Outcome {
  readonly events: readonly RunEvent[];
  readonly outputs: readonly string[];
  readonly summary: RunSummary;
  readonly state: string;
  readonly error: { readonly code: string; readonly message: string } | undefined;
}

async function run(coordinator: Coordinator, wanted: CreateRun): Promise<Outcome> {
  const { id } = await coordinator.runs.createRun(wanted);
  return outcome(await collect(coordinator.runs.watchRun(wanted.tenant, id, 0, never)));
}

/** Resolves when the run has its plan and runs. */
async function running(coordinator: Coordinator, id: RunId): Promise<void> {
  const { runs } = coordinator;
  await vi.waitFor(() => expect(runs.getRun(tenant, id).state).toBe('running'), { interval: 2 });
}

function outcome(events: readonly RunEvent[]): Outcome {
  const end = events.at(-1);
  if (end?.kind !== 'finished') throw new Error(`the last event is ${end?.kind}`);
  const outputs = events.flatMap((event) =>
    event.kind === 'output' ? `${event.row} ${event.name} ${event.text}` : [],
  );
  return {
    events,
    outputs: outputs.sort(),
    summary: end.summary,
    state: end.state,
    error: end.error,
  };
}

describe('a coordinator with workers in memory', () => {
  it('gives the outputs of the naive run, whatever it merges, caches and shares', async () => {
    const coordinator = await startCoordinator(new MemoryWorker('w1'), new MemoryWorker('w2'));
    const rows = [...ROWS, ...ROWS];
    const naive = await run(coordinator, request({ rows }, { naive: true }));
    const cold = await run(coordinator, request({ rows }));
    const warm = await run(coordinator, request({ rows }));
    expect(naive.state).toBe('succeeded');
    expect(cold.outputs).toEqual(naive.outputs);
    expect(warm.outputs).toEqual(naive.outputs);
    expect(naive.summary.operators).toMatchObject({ submitted: 18, executed: 18, merged: 0 });
    expect(cold.summary.operators).toMatchObject({ submitted: 18, executed: 9, merged: 9 });
    expect(warm.summary.operators).toMatchObject({ submitted: 18, executed: 0 });
    expect(naive.summary.tokens.reused).toBe(0);
    expect(naive.summary.cacheMissReasons).toEqual({ bypassed: 18 });
  });

  it('refuses what it has no memory for: for now beside other runs, for good alone', async () => {
    const coordinator = await startCoordinatorWith({ callsMax: 9 }, new MemoryWorker('w1'));
    const { runs } = coordinator;
    const [live, beside] = [runs.createRun(request()), runs.createRun(request())];
    await expect(beside).rejects.toMatchObject({ code: 'QUEUE_FULL' });
    const rows = [...ROWS, { topic: 'snow' }];
    const tooMany = { code: 'ROWS_INVALID', message: expect.stringContaining('12 calls') };
    await expect(runs.createRun(request({ rows }))).rejects.toMatchObject(tooMany);
    expect(runs.listRuns(tenant)).toHaveLength(1);
    const { id } = await live;
    expect(outcome(await collect(runs.watchRun(tenant, id, 0, never))).state).toBe('succeeded');
    expect((await run(coordinator, request())).state).toBe('succeeded');
  });

  it('fails a run whose plan grows beyond its memory, by operator and row, and no other', async () => {
    const coordinator = await startCoordinatorWith({ callsMax: 9 }, new MemoryWorker('w1'));
    const list = {
      text: segments('{topic}'),
      format: 'lines',
      itemsMax: 50,
      overflow: 'fail',
    } as const;
    const grown = {
      kind: 'each',
      id: operatorId('all'),
      list,
      item: operatorId('line'),
      body: { operators: [llm('one', HOUSE, 'Of {line}')], result: segments('{one}') },
      separator: ' ',
    } as const;
    const [input, , , , output] = EXPERTS.operators;
    const value = operatorId('all');
    const workflow = {
      name: 'grown',
      operators: [input!, grown, { ...output!, value } as Operator],
    };
    const linesOf = (count: number) => Array.from({ length: count }, (_, i) => `line ${i}`);
    const rows = (count: number) => [{ topic: linesOf(count).join('\n') }];
    const { state, error } = await run(coordinator, request({ workflow, rows: rows(10) }));
    expect([state, error?.code, error?.message]).toEqual([
      'failed',
      'ROWS_INVALID',
      `operator "all", row 0: the run's plan grew to 10 calls, this coordinator has memory for 9; ` +
        'send the rows in several runs',
    ]);
    const fits = await run(coordinator, request({ workflow, rows: rows(9) }));
    expect(fits.summary.operators).toMatchObject({ submitted: 9, executed: 9 });
    expect((await run(coordinator, request())).state).toBe('succeeded');
  });

  it('runs only the rest of a run that shares rows with an earlier one', async () => {
    const coordinator = await startCoordinator(new MemoryWorker('w1'));
    await run(coordinator, request());
    const rows = [...ROWS, { topic: 'snow' }];
    const { summary } = await run(coordinator, request({ rows }));
    expect(summary.operators).toMatchObject({ submitted: 12, executed: 3 });
  });

  it('computes each block of a prompt once where memory suffices', async () => {
    const worker = new MemoryWorker('w1');
    const coordinator = await startCoordinator(worker);
    const { summary } = await run(coordinator, request());
    const blocks = coordinator.cluster.residency(worker.identity.workerId, 10_000).blockCount;
    const { prompt, prefilled, reused } = summary.tokens;
    expect(prefilled + reused).toBe(prompt);
    const ragged = worker.ran.length * 16;
    expect(prefilled).toBeLessThanOrEqual(blocks * 16 + ragged);
    expect(reused).toBeGreaterThan(prompt / 3);
  });

  it('keeps each worker within its credits and tells it of prefixes to come', async () => {
    const worker = new MemoryWorker('w1');
    const coordinator = await startCoordinator(worker);
    const rows = Array.from({ length: 12 }, (_, i) => ({ topic: `topic ${i}` }));
    await run(coordinator, request({ rows }));
    expect(worker.inFlightMost).toBe(3);
    expect(worker.directives.some(({ kind }) => kind === 'nextUse')).toBe(true);
  });

  it('schedules a large run off the event loop and runs all of it', async () => {
    const coordinator = await startCoordinator(new MemoryWorker('w1'), new MemoryWorker('w2'));
    const rows = Array.from({ length: 60 }, (_, i) => ({ topic: `topic ${i}` }));
    const { state, summary, outputs } = await run(coordinator, request({ rows }));
    expect([state, summary.operators.executed, outputs.length]).toEqual(['succeeded', 180, 60]);
  });

  it('finishes a run whose worker dies on another', async () => {
    const [dying, other] = [new MemoryWorker('w1'), new MemoryWorker('w2')];
    dying.isHeld = true;
    const coordinator = await startCoordinator(dying);
    const { id } = await coordinator.runs.createRun(request());
    const events = collect(coordinator.runs.watchRun(tenant, id, 0, never));
    await running(coordinator, id);
    dying.die();
    other.attach(coordinator.workers);
    const { state, summary } = outcome(await events);
    expect([state, summary.operators.executed]).toEqual(['succeeded', 9]);
  });

  it('cancels at the workers what nobody waits for, and nothing else', async () => {
    const worker = new MemoryWorker('w1');
    worker.isHeld = true;
    const coordinator = await startCoordinator(worker);
    const first = await coordinator.runs.createRun(request());
    const rows = ROWS.slice(0, 1);
    const second = await coordinator.runs.createRun(request({ rows }));
    const events = collect(coordinator.runs.watchRun(tenant, second.id, 0, never));
    await running(coordinator, second.id);
    const cancelled = await coordinator.runs.cancelRun(tenant, first.id, 'changed my mind');
    expect(cancelled).toMatchObject({
      state: 'cancelled',
      error: { code: 'RUN_CANCELLED', message: 'changed my mind' },
    });
    expect(worker.cancelled).toHaveLength(1);
    worker.release();
    const { state, summary } = outcome(await events);
    expect([state, summary.operators.executed]).toEqual(['succeeded', 3]);
  });

  it('resumes a watch from a cursor and streams deltas when asked', async () => {
    const coordinator = await startCoordinator(new MemoryWorker('w1'));
    const { id } = await coordinator.runs.createRun(request({}, { streamDeltas: true }));
    const all = await collect(coordinator.runs.watchRun(tenant, id, 0, never));
    expect(all.filter(({ kind }) => kind === 'delta')).toHaveLength(9);
    const middle = all[5]?.cursor ?? 0;
    const rest = await collect(coordinator.runs.watchRun(tenant, id, middle, never));
    const durable = all.filter(({ kind, cursor }) => kind !== 'delta' && cursor > middle);
    expect(rest.filter(({ kind }) => kind !== 'deltasSkipped')).toEqual(durable);
  });

  it('gives the same run for the same request, and only to its tenant', async () => {
    const coordinator = await startCoordinator(new MemoryWorker('w1'));
    const first = await coordinator.runs.createRun(request({ requestId: 'q' }));
    const again = await coordinator.runs.createRun(request({ requestId: 'q' }));
    expect(again.id).toBe(first.id);
    const other = request({ requestId: 'q', rows: [{ topic: 'other' }] });
    await expect(coordinator.runs.createRun(other)).rejects.toThrow('with another content');
    expect(() => coordinator.runs.getRun(tenantId('u'), first.id)).toThrow('not known here');
    expect(() => coordinator.runs.getRun(tenant, runId('x'))).toThrow('run "x" is not known');
    await collect(coordinator.runs.watchRun(tenant, first.id, 0, never));
  });

  it('refuses at the door what cannot run, and fails what turns out too long', async () => {
    const coordinator = await startCoordinator();
    await expect(coordinator.runs.createRun(request())).rejects.toMatchObject({
      code: 'MODEL_NOT_SERVED',
    });
    new MemoryWorker('w1', { contextTokens: 150 }).attach(coordinator.workers);
    const unknown = request({}, { policy: 'best' });
    await expect(coordinator.runs.createRun(unknown)).rejects.toMatchObject({
      code: 'OPTIONS_INVALID',
    });
    const long = request({ rows: [{ topic: 'x'.repeat(500) }] });
    const { state, error } = await run(coordinator, long);
    expect([state, error?.code]).toEqual(['failed', 'PROMPT_TOO_LONG']);
    expect(error?.message).toMatch(/operator "one", row 0: prompt is \d+ tokens, .*takes 150/);
  });

  it("accepts a run while its model's workers restart, and runs it when one is back", async () => {
    const worker = new MemoryWorker('w1');
    const coordinator = await startCoordinator(worker);
    worker.die();
    const { id } = await coordinator.runs.createRun(request());
    await running(coordinator, id);
    worker.attach(coordinator.workers);
    const { state } = outcome(await collect(coordinator.runs.watchRun(tenant, id, 0, never)));
    expect(state).toBe('succeeded');
  });

  it('keeps a run to the weights it was planned for while workers are replaced, and plans new ones for the most', async () => {
    const lines: string[] = [];
    const logger = createLogger('c', 'info', { write: (line) => lines.push(line) });
    const other = { modelDigest: modelDigest('e'.repeat(64)) };
    const before = ['w1', 'w2'].map((id) => new MemoryWorker(id));
    const after = ['w3', 'w4'].map((id) => new MemoryWorker(id, other));
    const [[w1, w2], [w3, w4]] = [before, after] as [MemoryWorker[], MemoryWorker[]];
    for (const worker of before) worker.isHeld = true;
    const coordinator = await startCoordinatorWith({ logger }, ...before);
    const first = await coordinator.runs.createRun(request());
    await running(coordinator, first.id);
    const ranOf = (workers: MemoryWorker[]) => workers.map(({ received }) => received.length);
    w3!.attach(coordinator.workers);
    const { models } = coordinator.cluster.capabilities();
    expect(models.map(({ name }) => name)).toEqual(['m']);
    expect(models[0]?.description).toMatch(/^2 workers, .* digest d+; 1 worker, .* digest e+$/);
    // One of three has the new weights: a run that comes now is for the old.
    const second = await coordinator.runs.createRun(request({}, { naive: true }));
    await running(coordinator, second.id);
    expect(ranOf([w3!])).toEqual([0]);
    w2!.die();
    w4!.attach(coordinator.workers);
    const third = await run(coordinator, request());
    expect([third.state, third.summary.operators.executed]).toEqual(['succeeded', 9]);
    expect(third.summary.operators.cached).toBe(0);
    w1!.release();
    const ends = [first, second].map(({ id }) =>
      collect(coordinator.runs.watchRun(tenant, id, 0, never)),
    );
    for (const events of await Promise.all(ends)) {
      const { state, outputs } = outcome(events);
      expect([state, outputs]).toEqual(['succeeded', third.outputs]);
      const workers = events.flatMap((e) =>
        e.kind === 'callFinished' && e.worker !== '' ? e.worker : [],
      );
      expect([...new Set(workers)]).toEqual(['w1']);
    }
    const warned = lines.filter((line) => line.includes('a model is served with several weights'));
    expect(warned).toHaveLength(2);
    expect(warned[0]).toMatch(
      /model=m workers=.*d{64}.*2, sim \(memory\).*e{64}.*1, sim \(memory\)/,
    );
  });

  it('says nothing of workers with the same weights on other devices', async () => {
    const lines: string[] = [];
    const logger = createLogger('c', 'info', { write: (line) => lines.push(line) });
    const workers = [new MemoryWorker('w1'), new MemoryWorker('w2', { device: 'another' })];
    await startCoordinatorWith({ logger }, ...workers);
    expect(lines.filter((line) => line.includes('worker attached'))).toHaveLength(2);
    expect(lines.filter((line) => line.includes('several weights'))).toEqual([]);
  });

  it('warms a prefix on the workers of all weights of a model', async () => {
    const other = { modelDigest: modelDigest('e'.repeat(64)) };
    const workers = [new MemoryWorker('w1'), new MemoryWorker('w2', other)];
    const coordinator = await startCoordinator(...workers);
    const system = 'Be brief. '.repeat(20);
    const warmed = await coordinator.cluster.warmPrefix({ tenant, model: '', system, pin: false });
    expect(warmed.map(({ worker }) => worker)).toEqual(['w1', 'w2']);
    for (const { residentTokens } of warmed) expect(residentTokens).toBeGreaterThan(100);
  });

  it('replaces an attachment of the same worker and closes the older', async () => {
    const worker = new MemoryWorker('w1');
    const coordinator = await startCoordinator(worker);
    worker.attach(coordinator.workers);
    expect(worker.closedBecause).toBe(
      'worker "w1" attached again; no two processes may have one worker id',
    );
    expect(coordinator.cluster.listWorkers()).toHaveLength(1);
    expect((await run(coordinator, request())).state).toBe('succeeded');
  });

  it('says in its log which workers came, went, and were lost with calls', async () => {
    const lines: string[] = [];
    const logger = createLogger('c', 'info', { write: (line) => lines.push(line) });
    const [lost, drained] = [new MemoryWorker('lost'), new MemoryWorker('drained')];
    lost.isHeld = true;
    const coordinator = await startCoordinatorWith({ logger }, lost);
    const { id } = await coordinator.runs.createRun(request());
    await running(coordinator, id);
    lost.die();
    drained.attach(coordinator.workers);
    await collect(coordinator.runs.watchRun(tenant, id, 0, never));
    coordinator.cluster.drainWorker(drained.identity.workerId);
    drained.die();
    const said = lines.filter((line) => line.includes('dispatch: worker'));
    expect(said.map((line) => line.replace(/^.*dispatch: /, ''))).toEqual([
      `worker attached worker=lost epoch=1 model=m digest=${'d'.repeat(64)} engine=sim device=memory`,
      expect.stringMatching(
        /^worker lost worker=lost epoch=1 reason="connection reset" calls=[1-4]$/,
      ),
      `worker attached worker=drained epoch=2 model=m digest=${'d'.repeat(64)} engine=sim device=memory`,
      'worker left worker=drained epoch=2 reason="it drained"',
    ]);
  });

  it('calls a worker that goes with the coordinator lost only if it had calls', async () => {
    const lines: string[] = [];
    const logger = createLogger('c', 'info', { write: (line) => lines.push(line) });
    const [idle, busy] = [new MemoryWorker('idle'), new MemoryWorker('busy')];
    const letGo = { kind: 'lost', reason: 'the coordinator shuts down', isLetGo: true } as const;
    busy.isHeld = true;
    const coordinator = await startCoordinatorWith({ logger }, idle);
    idle.say(letGo);
    busy.attach(coordinator.workers);
    const { id } = await coordinator.runs.createRun(request());
    await running(coordinator, id);
    busy.say(letGo);
    const said = lines.filter((line) => / worker (left|lost) /.test(line));
    expect(said.map((line) => line.replace(/^\S+ /, ''))).toEqual([
      'INFO  c/dispatch: worker left worker=idle epoch=1 reason="the coordinator shuts down"',
      expect.stringMatching(
        /^WARN {2}c\/dispatch: worker lost worker=busy epoch=2 reason="the coordinator shuts down" calls=[1-4]$/,
      ),
    ]);
  });

  it('looks for better places while calls run, but not in a chain, which has one order', async () => {
    const improve = vi.spyOn(ScheduleThread.prototype, 'improve');
    onTestFinished(() => improve.mockRestore());
    const onOneWorker = async (wanted: CreateRun) => {
      const coordinator = await startCoordinator(new MemoryWorker('w1', { maxCalls: 1 }));
      return (await run(coordinator, wanted)).state;
    };
    const steps = Array.from('bcdef', (id, i) => llm(id, HOUSE, `Go on from {${'abcde'[i]}}`));
    const chain = [
      EXPERTS.operators[0]!,
      llm('a', HOUSE, 'Begin with {topic}'),
      ...steps,
      { kind: 'output', id: operatorId('out'), name: 'answer', value: operatorId('f') } as const,
    ];
    const workflow = { name: 'chain', operators: chain };
    expect(await onOneWorker(request({ workflow, rows: ROWS.slice(0, 1) }))).toBe('succeeded');
    expect(improve).not.toHaveBeenCalled();
    expect(await onOneWorker(request())).toBe('succeeded');
    expect(improve).toHaveBeenCalled();
  });

  it('warms a prefix until it is resident, and drains a worker', async () => {
    const worker = new MemoryWorker('w1');
    const coordinator = await startCoordinator(worker);
    const warm = { tenant, model: '', system: HOUSE, pin: true };
    const [first] = await coordinator.cluster.warmPrefix(warm);
    expect(first?.computedTokens).toBeGreaterThan(60);
    const [again] = await coordinator.cluster.warmPrefix(warm);
    expect(again).toMatchObject({ residentTokens: first?.residentTokens, computedTokens: 0 });
    const { summary } = await run(coordinator, request({ rows: ROWS.slice(0, 1) }));
    expect(summary.tokens.reused).toBeGreaterThanOrEqual(3 * (first?.residentTokens ?? 0));
    coordinator.cluster.drainWorker(worker.identity.workerId);
    expect(worker.drained).toBe(true);
    expect(coordinator.cluster.listWorkers()[0]).toMatchObject({
      state: 'draining',
      finishedCalls: 3,
    });
  });

  it('takes no new runs while it drains, and finishes those it has', async () => {
    const worker = new MemoryWorker('w1');
    const coordinator = await startCoordinator(worker);
    const { id } = await coordinator.runs.createRun(request());
    await coordinator.drain(never);
    expect(coordinator.runs.getRun(tenant, id).state).toBe('succeeded');
    await expect(coordinator.runs.createRun(request())).rejects.toThrow('shutting down');
  });

  it('explains a plan in full, with workers and without', async () => {
    const worker = new MemoryWorker('w1');
    const served = await startCoordinator(worker, new MemoryWorker('w2'));
    const alone = await startCoordinator();
    for (const [name, coordinator] of [
      ['explained', served],
      ['explained-without-workers', alone],
    ] as const) {
      const { sections } = await coordinator.runs.explainRun({ ...request(), full: true });
      const text = sections.map((section) => `## ${section.title}\n${section.text}`).join('\n');
      await expect(text).toMatchFileSnapshot(`dispatch/testdata/${name}.txt`);
    }
    expect(worker.ran).toEqual([]);
  });

  it('checks a request without workers, by every row, and creates nothing', async () => {
    const { runs } = await startCoordinator();
    expect(() => runs.checkRun(request())).not.toThrow();
    await expect(runs.createRun(request())).rejects.toThrow('no model is served');
    const rows = [...ROWS, { topic: '\ud800' }, {}];
    const faults = (wanted: CreateRun) => {
      try {
        runs.checkRun(wanted);
      } catch (error) {
        return (error as HeliumError).faults.map(({ field }) => field);
      }
      return [];
    };
    expect(faults(request({ rows }))).toEqual(['rows[3].topic', 'rows[4]']);
    expect(() => runs.checkRun(request({}, { policy: 'magic' }))).toThrow('magic');
    expect(runs.listRuns(tenant)).toEqual([]);
  });

  it('keeps tenants apart in KV and in results', async () => {
    const worker = new MemoryWorker('w1');
    const coordinator = await startCoordinator(worker);
    const mine = await run(coordinator, request());
    const theirs = await run(coordinator, request({ tenant: tenantId('u') }));
    expect(theirs.summary.operators.executed).toBe(mine.summary.operators.executed);
    expect(theirs.summary.tokens.prefilled).toBe(mine.summary.tokens.prefilled);
    expect(new Set(worker.ran.map(({ cacheSalt }) => cacheSalt)).size).toBe(2);
    expect(kvSalt('a', tenant)).not.toBe(kvSalt('b', tenant));
  });
});

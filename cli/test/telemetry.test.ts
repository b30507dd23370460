import { HeliumClient } from '@helium/client';
import { beforeAll, describe, expect, it } from 'vitest';

import { createWorld, questionRows, REVIEW, type RunReport, type World } from './helium.fixture.ts';
import { type ObservedCluster, startObservedCluster } from './observed-cluster.fixture.ts';
import { type ReceivedSpan, startCollector } from './otlp-collector.fixture.ts';

/** Two operators, the second on what the first says. */
const PAIR = `
name: pair
operators:
  question: { input: question }
  draft: { llm: { system: You answer in one sentence., user: "{{question}}", max_tokens: 9 } }
  final: { llm: { user: "Improve this: {{draft}}", max_tokens: 7 } }
outputs: { answer: final }
`;

let world: World;

beforeAll(async () => {
  world = await createWorld();
});

function runPair(cluster: ObservedCluster): Promise<RunReport> {
  const rows = world.file('pair.jsonl', questionRows(0, 1));
  const pair = world.file('pair.yaml', PAIR);
  return world.run(pair, '--rows', rows, '--coordinator', cluster.address, '--no-cache');
}

async function stop({ workers, coordinator }: ObservedCluster): Promise<void> {
  await Promise.all(workers.map((worker) => worker.stop()));
  await coordinator.stop();
}

describe('traces', () => {
  it('are one per run: a span per executed operator, and below it one on the worker', {
    timeout: 120_000,
  }, async () => {
    const collector = await startCollector();
    const cluster = await startObservedCluster(world, {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_METRICS_EXPORTER: 'none',
    });
    await runPair(cluster);
    await runPair(cluster);
    await stop(cluster);

    expect(new Set(collector.spans.map(({ traceId }) => traceId)).size).toBe(2);
    expect(collector.spans).toHaveLength(10);
    const [first] = collector.spans;
    checkTrace(collector.spans.filter(({ traceId }) => traceId === first?.traceId));
    checkTrace(collector.spans.filter(({ traceId }) => traceId !== first?.traceId));
    expect(cluster.coordinator.connections()).toContain(collector.address);
  });

  it('are not sent, nor anything else, where no variable asks for them', {
    timeout: 120_000,
  }, async () => {
    const cluster = await startObservedCluster(world);
    await runPair(cluster);
    await stop(cluster);
    expect(cluster.coordinator.connections()).toEqual([]);
    for (const worker of cluster.workers) {
      expect(new Set(worker.connections())).toEqual(new Set([cluster.address]));
    }
  });
});

function checkTrace(spans: readonly ReceivedSpan[]): void {
  const below = ({ spanId }: ReceivedSpan) => spans.filter((span) => span.parentSpanId === spanId);
  const [root, ...others] = spans.filter(({ parentSpanId }) => parentSpanId === '');
  if (root === undefined) throw new Error('a trace has no root');
  expect(others).toEqual([]);
  expect(root).toMatchObject({ name: 'invoke_workflow pair', service: 'helium-coordinator' });
  const runId = root.attributes['helium.run.id'];
  expect(runId).toMatch(/^[0-9a-f-]{36}$/);
  expect(root.attributes).toMatchObject({
    'gen_ai.operation.name': 'invoke_workflow',
    'gen_ai.provider.name': 'helium',
    'gen_ai.workflow.name': 'pair',
    'helium.run.row_count': 1,
    'helium.operators.submitted': 2,
    'helium.operators.executed': 2,
  });
  const operators = [...below(root)].sort((a, b) => (a.startNanos < b.startNanos ? -1 : 1));
  expect(operators.map(({ attributes }) => attributes['helium.operator.id'])).toEqual([
    'draft',
    'final',
  ]);
  for (const [i, operator] of operators.entries()) {
    const maxTokens = [9, 7][i];
    const call = callAttributes(operator);
    expect(operator).toMatchObject({ name: 'chat sim', service: 'helium-coordinator' });
    expect(operator.attributes['helium.run.id']).toBe(runId);
    expect(call['gen_ai.request.max_tokens']).toBe(maxTokens);
    const [onWorker, ...more] = below(operator);
    if (onWorker === undefined) throw new Error('an operator has no span on a worker');
    expect(more).toEqual([]);
    expect(onWorker).toMatchObject({ name: 'chat sim', service: 'helium-worker' });
    expect(callAttributes(onWorker)).toEqual(call);
    expect(onWorker.startNanos).toBeGreaterThanOrEqual(operator.startNanos);
    expect(below(onWorker)).toEqual([]);
  }
}

/** What the two spans of a call agree on. */
function callAttributes({ attributes }: ReceivedSpan): Record<string, unknown> {
  expect(attributes).toMatchObject({
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'helium',
    'gen_ai.request.model': 'sim',
    'gen_ai.request.max_tokens': expect.any(Number),
    'gen_ai.response.finish_reasons': [expect.stringMatching(/^(stop|length)$/)],
    'gen_ai.usage.input_tokens': expect.any(Number),
    'gen_ai.usage.output_tokens': expect.any(Number),
    'gen_ai.usage.cache_read.input_tokens': expect.any(Number),
    'helium.call.id': expect.any(String),
    'helium.worker.id': expect.stringMatching(/^w[12]$/),
  });
  const own = ['helium.operator.id', 'helium.run.id', 'helium.cache.source'];
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => !own.includes(name)));
}

describe('metrics', () => {
  it('of both programs are the sums of what the runs report', { timeout: 120_000 }, async () => {
    const cluster = await startObservedCluster(world);
    const review = world.file('review.yaml', REVIEW);
    const rows = world.file('rows.jsonl', questionRows(0, 4) + questionRows(2, 5));
    const run = () => world.run(review, '--rows', rows, '--coordinator', cluster.address);
    const reports = [await runPair(cluster), await run(), await run()];
    const sum = (pick: (report: RunReport) => number) =>
      reports.reduce((total, report) => total + pick(report), 0);
    const client = new HeliumClient(cluster.address);
    const warmed = await client.warmPrefix('What nobody has asked yet. '.repeat(20));
    client.close();
    const coordinator = await scrape(cluster.coordinator.metrics);
    const workers = await Promise.all(cluster.workers.map(({ metrics }) => scrape(metrics)));

    for (const outcome of ['submitted', 'pruned', 'merged', 'cached', 'executed'] as const) {
      const expected = sum(({ operators }) => operators[outcome]);
      expect([outcome, coordinator('helium_operators_total', { outcome })]).toEqual([
        outcome,
        expected,
      ]);
      expect(expected).toBeGreaterThan(0);
    }
    for (const kind of ['prompt', 'prefilled', 'reused', 'generated'] as const) {
      const expected = sum(({ tokens }) => tokens[kind]);
      const onWorkers = workers.map((worker) => worker('helium_worker_tokens_total', { kind }));
      expect([kind, coordinator('helium_tokens_total', { kind })]).toEqual([kind, expected]);
      expect([kind, onWorkers.reduce((a, b) => a + b)]).toEqual([kind, expected]);
    }
    // A run's report has what was computed ahead until it ended.
    const computed = warmed.reduce((total, one) => total + one.computedTokens, 0);
    expect(computed).toBeGreaterThan(64);
    const ahead = workers.map((one) => one('helium_worker_tokens_total', { kind: 'prefetched' }));
    const reported = computed + sum(({ tokens }) => tokens.prefetched);
    expect(ahead.reduce((a, b) => a + b)).toBeGreaterThanOrEqual(reported);
    const told = coordinator('helium_tokens_total', { kind: 'prefetched' });
    expect(told).toBeGreaterThanOrEqual(reported);
    const calls = workers.map((worker) => worker('helium_worker_calls_total', {}));
    expect(calls.reduce((a, b) => a + b)).toBe(sum(({ operators }) => operators.executed));
    expect(coordinator('helium_runs_total', { state: 'succeeded' })).toBe(3);
    expect(coordinator('helium_run_seconds_count', {})).toBe(3);
    expect(coordinator('helium_runs_active', {})).toBe(0);
    expect(coordinator('helium_workers', {})).toBe(2);
    expect(coordinator('helium_queue_calls', {})).toBe(0);
    for (const worker of workers) {
      expect(worker('helium_worker_calls', {})).toBe(0);
      expect(worker('helium_residency_capacity_tokens', {})).toBeGreaterThan(0);
    }
  });
});

/** Reads a Prometheus page: the sum of the samples of a name that carry these labels. */
async function scrape(address: string) {
  const page = await (await fetch(`http://${address}/metrics`)).text();
  return (name: string, labels: Readonly<Record<string, string>>): number => {
    const samples = page.split('\n').filter((line) => {
      const hasName = line.startsWith(`${name}{`) || line.startsWith(`${name} `);
      return hasName && Object.entries(labels).every(([k, v]) => line.includes(`${k}="${v}"`));
    });
    return samples.reduce((total, line) => total + Number(line.split(' ').at(-1)), 0);
  };
}

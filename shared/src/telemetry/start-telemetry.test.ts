import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { HeliumError } from '../errors/helium-error.ts';
import { createAccessMetrics, createTlsMetrics } from './access-metrics.ts';
import { createCoordinatorMetrics } from './coordinator-metrics.ts';
import { silentLogger } from './logger.ts';
import { observeLoopDelay } from './loop-delay.ts';
import { METRICS } from './names.ts';
import { startTelemetry, type Telemetry } from './start-telemetry.ts';
import { createWorkerMetrics } from './worker-metrics.ts';

const OPTIONS = { service: 'helium-test', instance: 'test-1', logger: silentLogger };
const usage = {
  promptTokens: 100,
  prefilledTokens: 40,
  reusedTokens: 60,
  outputTokens: 7,
  queueMs: 1,
  prefillMs: 2,
  decodeMs: 3,
};

let running: Telemetry | undefined;

afterEach(async () => {
  await running?.shutdown();
  running = undefined;
  vi.unstubAllEnvs();
});

async function start(metricsListen: string): Promise<Telemetry> {
  running = await startTelemetry({ ...OPTIONS, metricsListen });
  return running;
}

async function scrape(telemetry: Telemetry): Promise<string> {
  const response = await fetch(`http://${telemetry.metricsAddress}/metrics`);
  expect(response.status).toBe(200);
  return response.text();
}

function useEverything({ meter }: Telemetry): void {
  const coordinator = createCoordinatorMetrics(meter);
  coordinator.observe({
    queueAge: () => 1.5,
    queueCalls: () => [['m', 3]],
    workers: () => 2,
    modelVersions: () => [['m', 1]],
  });
  coordinator.runAccepted();
  coordinator.runAccepted();
  coordinator.runPlanned({ submitted: 10, pruned: 3, merged: 2, cached: 1 }, 0.02);
  coordinator.callsMerged(1);
  coordinator.callsCached(2);
  coordinator.callExecuted(usage);
  coordinator.runFinished('succeeded', 12);
  coordinator.promptCache.lookedUp({ hits: 5, misses: 4, rejected: 1 });
  coordinator.promptCache.stored(4);
  coordinator.promptCache.failed('fetch');
  coordinator.promptCache.took('fetch', 0.004);
  coordinator.promptCache.reachable(false);
  createAccessMetrics(meter).refused('none');
  createTlsMetrics(meter, () => 86_400).handshakeFailed('protocol');
  coordinator.promptCache.slow(412);
  const worker = createWorkerMetrics(meter);
  worker.observe({
    runningCalls: () => 4,
    queuedCalls: () => 9,
    kvTokensUsed: () => 640,
    kvTokens: () => 4096,
  });
  worker.callFinished('stop', usage);
  coordinator.prefetched(48);
  worker.prefetched(32);
  worker.drafted({ drafted: 7, accepted: 5 });
}

describe('startTelemetry with a Prometheus endpoint', () => {
  it('serves every metric by the name and value it was given', async () => {
    const telemetry = await start('127.0.0.1:0');
    useEverything(telemetry);
    const delay = observeLoopDelay(telemetry.meter);
    const lines = (await scrape(telemetry))
      .replaceAll(/,?otel_scope_name="helium"/g, '')
      .replaceAll(/\{\}/g, '')
      .split('\n');
    delay.stop();
    for (const name of Object.keys(METRICS)) {
      expect(lines.filter((line) => line.startsWith(`# TYPE ${name} `))).toHaveLength(1);
    }
    for (const line of [
      'helium_operators_total{outcome="merged"} 3',
      'helium_operators_total{outcome="cached"} 3',
      'helium_operators_total{outcome="executed"} 1',
      'helium_tokens_total{kind="reused"} 60',
      'helium_tokens_total{kind="prefetched"} 48',
      'helium_worker_tokens_total{kind="generated"} 7',
      'helium_worker_tokens_total{kind="prefetched"} 32',
      'helium_worker_draft_tokens_total{result="accepted"} 5',
      'helium_worker_draft_tokens_total{result="rejected"} 2',
      'helium_prompt_cache_lookups_total{result="hit"} 5',
      'helium_prompt_cache_errors_total{operation="fetch"} 1',
      'helium_prompt_cache_reachable 0',
      'helium_runs_active 1',
      'helium_queue_age_seconds 1.5',
      'helium_worker_calls{state="queued"} 9',
      'helium_residency_tokens 640',
      'helium_run_seconds_sum{state="succeeded"} 12',
    ]) {
      expect(lines).toContain(line);
    }
    expect(lines.find((l) => l.startsWith('target_info'))).toContain('service_name="helium-test"');
  });

  it('answers 404 beside /metrics', async () => {
    const telemetry = await start('127.0.0.1:0');
    expect((await fetch(`http://${telemetry.metricsAddress}/`)).status).toBe(404);
  });

  it('names the address that is in use', async () => {
    const first = await start('127.0.0.1:0');
    const listen = first.metricsAddress!;
    const second = startTelemetry({ ...OPTIONS, metricsListen: listen });
    const error = await second.then(() => undefined, HeliumError.from);
    expect(error).toMatchObject({ code: 'ADDRESS_IN_USE' });
    expect(error?.message).toContain(listen);
  });

  it('frees the address on shutdown', async () => {
    const first = await start('127.0.0.1:0');
    const listen = first.metricsAddress!;
    await first.shutdown();
    const second = await start(listen);
    expect(second.metricsAddress).toBe(listen);
  });

  it('refuses what is no address of this machine', async () => {
    await expect(start('192.0.2.1:9464')).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });
});

describe('startTelemetry with an OTLP endpoint', () => {
  it('exports spans and metrics there, beside Prometheus', async () => {
    const paths: string[] = [];
    const bodies = new Map<string, string>();
    const collector = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      paths.push(request.url ?? '');
      bodies.set(request.url ?? '', body);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    }).listen(0, '127.0.0.1');
    await once(collector, 'listening');
    const { port } = collector.address() as AddressInfo;
    vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', `http://127.0.0.1:${port}`);
    vi.stubEnv('OTEL_EXPORTER_OTLP_PROTOCOL', 'http/json');

    const telemetry = await start('127.0.0.1:0');
    useEverything(telemetry);
    const run = telemetry.tracing.startRun({
      id: 'r1',
      workflow: 'debate',
      rowCount: 1,
    });
    expect(run.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    run.finish({ state: 'succeeded', operators: {} });
    expect(await scrape(telemetry)).toContain('helium_operators_total');
    await telemetry.shutdown();
    collector.close();

    expect([...new Set(paths)].sort()).toEqual(['/v1/metrics', '/v1/traces']);
    expect(bodies.get('/v1/traces')).toContain('invoke_workflow debate');
    expect(bodies.get('/v1/traces')).toContain('helium-test');
    expect(bodies.get('/v1/metrics')).toContain('helium_operators_total');
  });
});

describe('startTelemetry with an export interval that is none', () => {
  it('refuses it by its name, and listens on nothing', async () => {
    vi.stubEnv('OTEL_METRIC_EXPORT_INTERVAL', 'often');
    const logger = { ...silentLogger, info: vi.fn() };
    await expect(
      startTelemetry({ ...OPTIONS, logger, metricsListen: '127.0.0.1:0' }),
    ).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: 'OTEL_METRIC_EXPORT_INTERVAL: "often" is not a whole number of ms, at least 1',
    });
    expect(logger.info).not.toHaveBeenCalled();
  });
});

describe('startTelemetry with nothing configured', () => {
  it('loads no SDK and counts nothing', async () => {
    const start = new URL('./start-telemetry.ts', import.meta.url).href;
    const program = `
      import { registerHooks } from 'node:module';
      const seen = [];
      registerHooks({ resolve: (s, c, next) => { seen.push(s); return next(s, c); } });
      const { startTelemetry } = await import(${JSON.stringify(start)});
      const options = { service: 's', instance: 'i', metricsListen: '', environment: {} };
      const { enabled } = await startTelemetry(options);
      console.log(JSON.stringify({ enabled, sdk: seen.filter((s) => /sdk|exporter|opentelemetry/.test(s)) }));
    `;
    const run = promisify(execFile);
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program]);
    expect(JSON.parse(stdout)).toEqual({ enabled: false, sdk: [] });
  });
});

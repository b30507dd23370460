import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import {
  InMemorySpanExporter,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { describe, expect, it } from 'vitest';
import { createTracing } from './span-tracing.ts';

const usage = {
  promptTokens: 120,
  prefilledTokens: 24,
  reusedTokens: 96,
  outputTokens: 30,
  queueMs: 5,
  prefillMs: 250,
  decodeMs: 1500,
};
const call = { callId: 'c1', model: 'tiny', maxTokens: 64, worker: 'w1' };
const operators = { submitted: 4, pruned: 1, merged: 1, cached: 1, executed: 1 };

function recorded() {
  const exporter = new InMemorySpanExporter();
  const processor = new SimpleSpanProcessor({ exporter });
  const provider = new TracerProvider({ spanProcessors: [processor] });
  const find = (name: string, kind: SpanKind) =>
    exporter.getFinishedSpans().find((span) => span.name === name && span.kind === kind);
  return { tracing: createTracing(provider.getTracer('test')), exporter, find };
}

describe('createTracing', () => {
  it('puts operators under the run and worker calls under operators, across processes', () => {
    const coordinator = recorded();
    const worker = recorded();
    const run = coordinator.tracing.startRun({ id: 'r1', workflow: 'debate', rowCount: 2 });
    const operator = run.startOperator({ ...call, operator: 'judge' });
    const child = worker.tracing.startCall({ ...call, traceparent: operator.traceparent });
    child.finish({ finish: 'stop', usage });
    operator.finish({ finish: 'stop', usage, source: 'worker' });
    run.finish({ state: 'succeeded', operators });

    const root = coordinator.find('invoke_workflow debate', SpanKind.SERVER)!;
    const client = coordinator.find('chat tiny', SpanKind.CLIENT)!;
    const server = worker.find('chat tiny', SpanKind.SERVER)!;
    expect(root.parentSpanContext).toBeUndefined();
    expect(client.parentSpanContext?.spanId).toBe(root.spanContext().spanId);
    expect(server.parentSpanContext?.spanId).toBe(client.spanContext().spanId);
    expect(server.spanContext().traceId).toBe(root.spanContext().traceId);
  });

  it('says what ran, where, and what it took', () => {
    const { tracing, find } = recorded();
    const run = tracing.startRun({ id: 'r1', workflow: 'debate', rowCount: 2 });
    run.planned({ hash: 'abc', seconds: 0.25 });
    run
      .startOperator({ ...call, operator: 'judge' })
      .finish({ finish: 'stop', usage, source: 'worker' });
    run.finish({ state: 'succeeded', operators });
    expect(find('chat tiny', SpanKind.CLIENT)?.attributes).toEqual({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'helium',
      'gen_ai.request.model': 'tiny',
      'gen_ai.request.max_tokens': 64,
      'gen_ai.response.finish_reasons': ['stop'],
      'gen_ai.usage.input_tokens': 120,
      'gen_ai.usage.output_tokens': 30,
      'gen_ai.usage.cache_read.input_tokens': 96,
      'helium.run.id': 'r1',
      'helium.operator.id': 'judge',
      'helium.call.id': 'c1',
      'helium.worker.id': 'w1',
      'helium.cache.source': 'worker',
      'helium.call.queue_seconds': 0.005,
      'helium.call.prefill_seconds': 0.25,
      'helium.call.decode_seconds': 1.5,
    });
    expect(find('invoke_workflow debate', SpanKind.SERVER)?.attributes).toMatchObject({
      'helium.run.id': 'r1',
      'helium.run.row_count': 2,
      'helium.plan.hash': 'abc',
      'helium.plan.seconds': 0.25,
      'helium.operators.pruned': 1,
      'helium.operators.executed': 1,
    });
  });

  it('continues the trace of a client that sent a traceparent', () => {
    const { tracing, find } = recorded();
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const run = tracing.startRun({ id: 'r1', workflow: 'debate', rowCount: 1, traceparent });
    run.finish({ state: 'succeeded', operators });
    const root = find('invoke_workflow debate', SpanKind.SERVER)!;
    expect(root.parentSpanContext?.spanId).toBe('b7ad6b7169203331');
  });

  it('marks failed spans with the error code', () => {
    const { tracing, find } = recorded();
    const run = tracing.startRun({ id: 'r1', workflow: 'debate', rowCount: 1 });
    run.finish({ state: 'failed', operators, errorCode: 'WORKERS_EXHAUSTED' });
    const root = find('invoke_workflow debate', SpanKind.SERVER)!;
    expect(root.status.code).toBe(SpanStatusCode.ERROR);
    expect(root.attributes['error.type']).toBe('WORKERS_EXHAUSTED');
  });
});

import { describe, expect, it } from 'vitest';
import { counterOf, gaugeOf, histogramOf } from './instruments.ts';
import { noTelemetry } from './no-telemetry.ts';

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const run = { id: 'r1', workflow: 'debate', rowCount: 1 };
const call = { callId: 'c1', model: 'tiny', maxTokens: 64, worker: 'w1' };

describe('noTelemetry', () => {
  it('carries no context when nothing is traced', () => {
    const { tracing } = noTelemetry();
    const started = tracing.startRun(run);
    expect(started.traceparent).toBeUndefined();
    expect(started.startOperator({ ...call, operator: 'judge' }).traceparent).toBeUndefined();
    expect(tracing.startCall({ ...call, traceparent: 'nonsense' }).traceparent).toBeUndefined();
  });

  it("passes on a caller's context, as the standard demands of who takes no part", () => {
    const { tracing } = noTelemetry();
    const started = tracing.startRun({ ...run, traceparent: TRACEPARENT });
    const operator = started.startOperator({ ...call, operator: 'judge' });
    const { traceparent } = tracing.startCall({ ...call, traceparent: operator.traceparent });
    expect(traceparent).toBe(TRACEPARENT);
    started.planned({ seconds: 1 });
    started.finish({ state: 'succeeded', operators: {} });
  });

  it('takes every kind of measurement, and reads none', () => {
    const { meter } = noTelemetry();
    counterOf(meter, 'helium_operators_total').add(1);
    histogramOf(meter, 'helium_run_seconds').record(1);
    gaugeOf(meter, 'helium_workers', () => expect.fail('nobody asked'));
  });
});

import { describe, expect, it } from 'vitest';
import { signalsFrom } from './signals.ts';

const ENDPOINT = 'http://collector:4318';

describe('signalsFrom', () => {
  it.each([
    [{}, false, false],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: ENDPOINT }, true, true],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: ENDPOINT }, true, false],
    [{ OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: ENDPOINT }, false, true],
    [{ OTEL_TRACES_EXPORTER: 'console' }, true, false],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: ENDPOINT, OTEL_TRACES_EXPORTER: 'none' }, false, true],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: ENDPOINT, OTEL_SDK_DISABLED: 'TRUE' }, false, false],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: '' }, false, false],
  ])('reads %j as traces %j, metrics %j', (environment, traces, metrics) => {
    expect(signalsFrom(environment)).toEqual({ traces, metrics });
  });
});

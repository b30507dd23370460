import type { Counter, Histogram, Meter, ObservableGauge } from '@opentelemetry/api';
import { METRICS, type MetricName } from './names.ts';

type NameOf<Kind> = {
  [N in MetricName]: (typeof METRICS)[N]['kind'] extends Kind ? N : never;
}[MetricName];

/** From a step of an engine (1 ms) to a long run (1 h), about 2.5 apart. */
const SECONDS_BOUNDARIES = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900,
  3600,
];

/** Makes the counter of that name with the table's unit and description. */
export function counterOf(meter: Meter, name: NameOf<'counter'>): Counter {
  return meter.createCounter(name, optionsOf(name));
}

/** Makes the histogram of that name. All of ours are seconds. */
export function histogramOf(meter: Meter, name: NameOf<'histogram'>): Histogram {
  const advice = { explicitBucketBoundaries: SECONDS_BOUNDARIES };
  return meter.createHistogram(name, { ...optionsOf(name), advice });
}

/** Makes the gauge of that name, which `read` answers when it is collected. */
export function gaugeOf(meter: Meter, name: NameOf<'gauge'>, read: () => number): ObservableGauge {
  const gauge = meter.createObservableGauge(name, optionsOf(name));
  gauge.addCallback((result) => result.observe(read()));
  return gauge;
}

/** The same with a value for each of what a label may be. */
export function gaugesOf(
  meter: Meter,
  name: NameOf<'gauge'>,
  label: string,
  read: () => Iterable<readonly [string, number]>,
): ObservableGauge {
  const gauge = meter.createObservableGauge(name, optionsOf(name));
  gauge.addCallback((result) => {
    for (const [of, value] of read()) result.observe(value, { [label]: of });
  });
  return gauge;
}

function optionsOf(name: MetricName) {
  const { unit, description } = METRICS[name];
  return { unit, description };
}

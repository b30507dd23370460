import type { WorkerIdentity } from '@helium/shared';
import { DEFAULT_SIM_TIMING, type SimTiming } from '@helium/worker/core';
import { type FaultOptions, NO_FAULTS } from './faults.ts';
import type { WorkloadOptions } from './workload.ts';

/** A world, whole: the same options give the same events, byte for byte. */
export interface SimulationOptions {
  readonly seed: number;
  readonly workers: number;
  readonly workload: WorkloadOptions;
  /** Names of examples; absent: all. */
  readonly workflows?: readonly string[];
  readonly faults: FaultOptions;
  readonly limits: Pick<
    WorkerIdentity,
    'maxBatch' | 'kvTokens' | 'blockTokens' | 'contextTokens' | 'maxCalls'
  >;
  readonly timing: SimTiming;
  readonly outputTokensMean: number;
  readonly heartbeatMs: number;
  readonly workerTimeoutMs: number;
  /** Between the dispatcher's ticks at most. */
  readonly tickMs: number;
  /** Of a message between coordinator and worker, and half a round trip to the prompt cache, ms. */
  readonly latencyMs: number;
  /** Virtual time that a schedule takes, per call in it, ms. */
  readonly scheduleMsPerCall: number;
  /** Places of a schedule that come into force at once at most. */
  readonly placesPerPart: number;
  /** New calls that get places beside it at once, or a few more. */
  readonly callsPerPart: number;
  /** Virtual time that passes between two such parts at most, ms. */
  readonly turnMsMax: number;
  /** For improving a schedule, as the setting `improve-ms`. */
  readonly improveMs: number;
  readonly policy: string;
  /** Share of the runs whose outputs are compared with the naive ones. */
  readonly checkedShare: number;
}

/** Two GPUs of the default timing, an hour without faults. */
export const DEFAULT_OPTIONS: SimulationOptions = {
  seed: 1,
  workers: 2,
  workload: { calls: 1000, durationMs: 60_000, rowsMax: 2, variants: 20 },
  faults: NO_FAULTS,
  limits: { maxBatch: 32, kvTokens: 65_536, blockTokens: 16, contextTokens: 8192, maxCalls: 64 },
  timing: DEFAULT_SIM_TIMING,
  outputTokensMean: 24,
  heartbeatMs: 2000,
  workerTimeoutMs: 10_000,
  tickMs: 250,
  latencyMs: 1,
  scheduleMsPerCall: 0.1,
  placesPerPart: 1000,
  callsPerPart: 250,
  turnMsMax: 20,
  improveMs: 0,
  policy: '',
  checkedShare: 1,
};

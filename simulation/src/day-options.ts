import { DEFAULT_OPTIONS, type SimulationOptions } from './cluster-options.ts';
import { NO_FAULTS } from './faults.ts';

export interface DayChoice {
  readonly seed: number;
  readonly workers: number;
  /** LLM calls to be submitted. */
  readonly calls: number;
  readonly hours: number;
  readonly faulty: boolean;
  readonly checkedShare: number;
  readonly policy: string;
}

const HOUR_MS = 3_600_000;

/**
 * A large cluster's day: every worker dies about once and is slow ten minutes of it; runs of up to 32
 * rows, of which some ask what others asked.
 */
export function dayOptions(choice: DayChoice): SimulationOptions {
  const { seed, workers, calls, hours, checkedShare, policy } = choice;
  return {
    ...DEFAULT_OPTIONS,
    seed,
    workers,
    checkedShare,
    policy,
    workload: { calls, durationMs: hours * HOUR_MS, rowsMax: 32, variants: 5000 },
    limits: { ...DEFAULT_OPTIONS.limits, blockTokens: 64 },
    heartbeatMs: 30_000,
    workerTimeoutMs: 120_000,
    tickMs: 2000,
    faults: choice.faulty
      ? {
          lifeMs: 24 * HOUR_MS,
          restartMs: 60_000,
          noticedShare: 0.5,
          swiftMs: 24 * HOUR_MS,
          slowMs: 600_000,
          slowness: 4,
        }
      : NO_FAULTS,
  };
}

import { type Instance, planSchedule } from '@helium/coordinator/scheduler';
import type { EngineRoom } from './engine-message.ts';
import type { WorkloadCall } from './workload-calls.ts';

/** Where a call runs, and its place in the order there. */
export interface Place {
  readonly engine: number;
  readonly order: number;
}

/** Of an engine on one core of a server: what the spreading weighs, not what is reported. Seconds. */
const TIMING = {
  base: 0.009,
  perPrefillToken: 0.0011,
  perCall: 0.001,
  perContextToken: 0.000_001,
} as const;

const STEP_TOKENS_MAX = 512;

/** Spreads a workload over engines, at least one, as a coordinator does over its workers: by its default policy. */
export function spreadCalls(
  calls: readonly WorkloadCall[],
  engines: readonly EngineRoom[],
): Place[] {
  const machine = { kind: 'continuous-batching', timing: TIMING } as const;
  const instance = instanceOf(calls, engines);
  const { sequences } = planSchedule({ instance, policy: '', seed: 0, machine });
  const places: Place[] = [];
  sequences.forEach((sequence, engine) => {
    sequence.forEach((call, order) => {
      places[call] = { engine, order };
    });
  });
  return places;
}

function instanceOf(calls: readonly WorkloadCall[], engines: readonly EngineRoom[]): Instance {
  const segments = new Map<readonly number[], number>();
  const numbered = calls.map(({ parts, newTokens }, query) => {
    const prompt = parts.map((part) => {
      if ('outputOf' in part) return ~part.outputOf;
      if (!segments.has(part)) segments.set(part, segments.size);
      return segments.get(part)!;
    });
    const deps = prompt.filter((item) => item < 0).map((item) => ~item);
    return {
      prompt: Int32Array.from(prompt),
      out: newTokens,
      deps: Int32Array.from(deps),
      op: deps.length === 0 ? 0 : 1,
      query,
    };
  });
  const lengths = Int32Array.from(segments.keys(), (tokens) => tokens.length);
  return {
    name: 'bench',
    workers: engines.length,
    // A pool is as large as its smallest worker.
    kvCapacity: Math.min(...engines.map(({ kvTokens }) => kvTokens)),
    maxSeqs: Math.min(...engines.map(({ maxBatch }) => maxBatch)),
    maxBatchedTokens: STEP_TOKENS_MAX,
    segments: lengths,
    calls: numbered,
  };
}

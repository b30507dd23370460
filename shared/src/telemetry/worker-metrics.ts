import type { Meter } from '@opentelemetry/api';
import type { CallUsage, FinishReason } from '../call.ts';
import { countTokens } from './count-tokens.ts';
import { counterOf, gaugeOf, histogramOf } from './instruments.ts';
import { METRICS } from './names.ts';

/** What a worker counts. */
export interface WorkerMetrics {
  callFinished(finish: FinishReason, usage: CallUsage): void;
  /** So many tokens of a prefix were computed ahead of calls. */
  prefetched(tokens: number): void;
  /** Draft tokens that a step computed along, and those of them that were accepted. */
  drafted(tokens: { readonly drafted: number; readonly accepted: number }): void;
  /** Registers what is read when metrics are collected. Call once. */
  observe(sources: WorkerSources): void;
}

export interface WorkerSources {
  readonly runningCalls: () => number;
  readonly queuedCalls: () => number;
  readonly kvTokensUsed: () => number;
  readonly kvTokens: () => number;
}

/** Makes the worker's instruments. With a no-op meter nothing is counted. */
export function createWorkerMetrics(meter: Meter): WorkerMetrics {
  const calls = counterOf(meter, 'helium_worker_calls_total');
  const tokens = counterOf(meter, 'helium_worker_tokens_total');
  const drafts = counterOf(meter, 'helium_worker_draft_tokens_total');
  const queue = histogramOf(meter, 'helium_worker_queue_seconds');
  const prefill = histogramOf(meter, 'helium_worker_prefill_seconds');
  const decode = histogramOf(meter, 'helium_worker_decode_seconds');
  return {
    callFinished(finish, usage) {
      calls.add(1, { finish });
      countTokens(tokens, usage);
      queue.record(usage.queueMs / 1000);
      prefill.record(usage.prefillMs / 1000);
      decode.record(usage.decodeMs / 1000);
    },
    prefetched: (count) => tokens.add(count, { kind: 'prefetched' }),
    drafted({ drafted, accepted }) {
      if (accepted > 0) drafts.add(accepted, { result: 'accepted' });
      if (drafted > accepted) drafts.add(drafted - accepted, { result: 'rejected' });
    },
    observe(sources) {
      const { unit, description } = METRICS.helium_worker_calls;
      meter
        .createObservableGauge('helium_worker_calls', { unit, description })
        .addCallback((result) => {
          result.observe(sources.runningCalls(), { state: 'running' });
          result.observe(sources.queuedCalls(), { state: 'queued' });
        });
      gaugeOf(meter, 'helium_residency_tokens', sources.kvTokensUsed);
      gaugeOf(meter, 'helium_residency_capacity_tokens', sources.kvTokens);
    },
  };
}

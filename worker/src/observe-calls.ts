import type { CallId } from '@helium/shared';
import { type CallTrace, createWorkerMetrics, type Telemetry } from '@helium/shared/telemetry';
import { NO_LOAD } from './engine/engine.ts';
import type { LinkObserver } from './link/index.ts';

/** Counts and traces the worker's calls: a span per call, child of the coordinator's. */
export function observeCalls(
  telemetry: Telemetry,
  worker: { readonly workerId: string; readonly model: string; readonly kvTokens: number },
): LinkObserver {
  const { tracing } = telemetry;
  const metrics = createWorkerMetrics(telemetry.meter);
  const running = new Map<CallId, CallTrace>();
  let load = NO_LOAD;
  metrics.observe({
    runningCalls: () => load.runningCalls,
    queuedCalls: () => load.queuedCalls,
    kvTokensUsed: () => load.kvTokensUsed,
    kvTokens: () => worker.kvTokens,
  });
  return {
    submitted({ id, maxTokens, traceparent }) {
      const { workerId, model } = worker;
      const start = { callId: id, model, maxTokens, worker: workerId, traceparent };
      running.set(id, tracing.startCall(start));
    },
    engineEvent(event) {
      if (event.kind === 'stepped') {
        load = event.load;
        if (event.drafts) metrics.drafted(event.drafts);
      }
      if (event.kind === 'prefetched') metrics.prefetched(event.computedTokens);
      if (event.kind !== 'finished') return;
      const { id, finish, usage, error } = event.result;
      metrics.callFinished(finish, usage);
      running.get(id)?.finish({ finish, usage, errorCode: error?.code });
      running.delete(id);
    },
  };
}

import type { Call, CallId, CallResult, Clock, RunId } from '@helium/shared';
import type { CallTrace, CoordinatorMetrics, RunTrace, Tracing } from '@helium/shared/telemetry';
import type { NodeRef } from './core/core-event.ts';
import type { RunEventBody, RunSummary } from './run-port.ts';

interface ObservedRun {
  readonly trace: RunTrace;
  readonly acceptedAt: number;
}

/** Counts and traces runs. It changes nothing but the trace context that calls carry. */
export class RunObserver {
  readonly #tracing: Tracing;
  readonly #metrics: CoordinatorMetrics;
  readonly #clock: Clock;
  readonly #runs = new Map<RunId, ObservedRun>();
  readonly #calls = new Map<CallId, CallTrace>();

  constructor(tracing: Tracing, metrics: CoordinatorMetrics, clock: Clock) {
    this.#tracing = tracing;
    this.#metrics = metrics;
    this.#clock = clock;
  }

  accepted(id: RunId, workflow: string, rowCount: number, traceparent: string | undefined): void {
    this.#metrics.runAccepted();
    const trace = this.#tracing.startRun({ id, workflow, rowCount, traceparent });
    this.#runs.set(id, { trace, acceptedAt: this.#clock.now() });
  }

  planned(id: RunId, { operators, seconds }: RunSummary): void {
    this.#metrics.runPlanned(operators, seconds.plan);
    this.#runs.get(id)?.trace.planned({ seconds: seconds.plan });
  }

  /** The call with its span's context. */
  sent(call: Call, { run }: NodeRef, operator: string, model: string, worker: string): Call {
    const { id: callId, maxTokens } = call;
    const trace = this.#runs
      .get(run)
      ?.trace.startOperator({ operator, callId, model, maxTokens, worker });
    if (trace === undefined) return call;
    this.#calls.set(call.id, trace);
    return trace.traceparent === undefined ? call : { ...call, traceparent: trace.traceparent };
  }

  ended(result: CallResult): void {
    const { finish, usage, error } = result;
    if (finish === 'stop' || finish === 'length') this.#metrics.callExecuted(usage);
    this.#calls.get(result.id)?.finish({ finish, usage, source: 'worker', errorCode: error?.code });
    this.#calls.delete(result.id);
  }

  prefetched(tokens: number): void {
    this.#metrics.prefetched(tokens);
  }

  /** The worker that had these is gone. */
  lost(calls: Iterable<CallId>): void {
    for (const id of calls) {
      this.#calls.get(id)?.finish({ finish: 'error', errorCode: 'WORKER_LOST' });
      this.#calls.delete(id);
    }
  }

  emitted(id: RunId, body: RunEventBody): void {
    if (body.kind === 'callFinished' && body.source === 'merged') this.#metrics.callsMerged(1);
    if (body.kind === 'callFinished' && body.source === 'prompt-cache') {
      this.#metrics.callsCached(1);
    }
    if (body.kind === 'expanded') this.#metrics.runGrew(body.added);
    if (body.kind !== 'finished') return;
    const run = this.#runs.get(id);
    this.#runs.delete(id);
    if (run === undefined) return;
    this.#metrics.runFinished(body.state, (this.#clock.now() - run.acceptedAt) / 1000);
    const { operators } = body.summary;
    run.trace.finish({ state: body.state, operators, errorCode: body.error?.code });
  }
}

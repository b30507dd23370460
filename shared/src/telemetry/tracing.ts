import {
  type Attributes,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import type { CallUsage } from '../call.ts';
import { ATTRIBUTES, OPERATIONS, SCOPE } from './names.ts';
import { extractTraceparent, injectTraceparent } from './trace-context.ts';

/**
 * Spans of both programs: one trace per run, a span per executed operator, its child on the worker.
 */
export interface Tracing {
  startRun(run: RunStart): RunTrace;
  /** On the worker: the child of the coordinator's operator span. */
  startCall(call: CallStart): CallTrace;
}

export interface RunStart {
  readonly id: string;
  readonly workflow: string;
  readonly rowCount: number;
  /** Of the client's request, when it is traced. */
  readonly traceparent?: string | undefined;
}

export interface RunTrace {
  readonly traceparent: string | undefined;
  /** The plan is made. */
  planned(plan: { readonly hash?: string; readonly seconds: number }): void;
  /** An operator goes to a worker. */
  startOperator(operator: OperatorStart): CallTrace;
  /** Ends the run's span; `counts` are LLM calls by outcome. */
  finish(end: RunEnd): void;
}

export interface OperatorStart {
  readonly operator: string;
  readonly callId: string;
  readonly model: string;
  readonly maxTokens: number;
  readonly worker: string;
}

export interface CallStart {
  readonly callId: string;
  readonly model: string;
  readonly maxTokens: number;
  readonly worker: string;
  readonly traceparent?: string | undefined;
}

export interface CallTrace {
  /** What the next hop continues; undefined when nothing is traced. */
  readonly traceparent: string | undefined;
  /** Ends the span. `errorCode` marks it failed. */
  finish(end: CallEnd): void;
}

export interface CallEnd {
  readonly finish: string;
  readonly usage?: CallUsage | undefined;
  /** Where the text came from: `worker`, `prompt-cache` or `merged`. */
  readonly source?: string;
  readonly errorCode?: string | undefined;
}

export interface RunEnd {
  readonly state: string;
  /** LLM calls by outcome: submitted, pruned, merged, cached, executed. */
  readonly operators: Readonly<Record<string, number>>;
  readonly errorCode?: string | undefined;
}

/** Spans through `tracer`. With the API's no-op tracer every call costs an object and no more. */
export function createTracing(tracer: Tracer): Tracing {
  return {
    startRun: (run) => startRun(tracer, run),
    startCall(call) {
      const attributes = callAttributes(call);
      const name = `${OPERATIONS.call} ${call.model}`;
      const parent = extractTraceparent(call.traceparent);
      return callTrace(tracer.startSpan(name, { kind: SpanKind.SERVER, attributes }, parent));
    },
  };
}

function startRun(tracer: Tracer, run: RunStart): RunTrace {
  const parent = extractTraceparent(run.traceparent);
  const attributes = {
    [ATTRIBUTES.operation]: OPERATIONS.run,
    [ATTRIBUTES.provider]: SCOPE,
    [ATTRIBUTES.workflowName]: run.workflow,
    [ATTRIBUTES.runId]: run.id,
    [ATTRIBUTES.rowCount]: run.rowCount,
  };
  const name = `${OPERATIONS.run} ${run.workflow}`;
  const span = tracer.startSpan(name, { kind: SpanKind.SERVER, attributes }, parent);
  const context = trace.setSpan(parent, span);
  return {
    traceparent: injectTraceparent(span),
    planned({ hash, seconds }) {
      if (hash !== undefined) span.setAttribute(ATTRIBUTES.planHash, hash);
      span.setAttribute(ATTRIBUTES.planSeconds, seconds);
    },
    startOperator(operator) {
      const start = {
        kind: SpanKind.CLIENT,
        attributes: {
          ...callAttributes(operator),
          [ATTRIBUTES.operatorId]: operator.operator,
          [ATTRIBUTES.runId]: run.id,
        },
      };
      return callTrace(tracer.startSpan(`${OPERATIONS.call} ${operator.model}`, start, context));
    },
    finish(end) {
      for (const [outcome, count] of Object.entries(end.operators)) {
        span.setAttribute(`${ATTRIBUTES.operators}.${outcome}`, count);
      }
      endSpan(span, end.errorCode);
    },
  };
}

function callAttributes(call: Omit<CallStart, 'traceparent'>): Attributes {
  return {
    [ATTRIBUTES.operation]: OPERATIONS.call,
    [ATTRIBUTES.provider]: SCOPE,
    [ATTRIBUTES.requestModel]: call.model,
    [ATTRIBUTES.requestMaxTokens]: call.maxTokens,
    [ATTRIBUTES.callId]: call.callId,
    [ATTRIBUTES.workerId]: call.worker,
  };
}

function callTrace(span: Span): CallTrace {
  return {
    traceparent: injectTraceparent(span),
    finish({ finish, usage, source, errorCode }) {
      if (span.isRecording()) {
        span.setAttribute(ATTRIBUTES.finishReasons, [finish]);
        if (source !== undefined) span.setAttribute(ATTRIBUTES.cacheSource, source);
        if (usage !== undefined) span.setAttributes(usageAttributes(usage));
      }
      endSpan(span, errorCode);
    },
  };
}

function usageAttributes(usage: CallUsage): Attributes {
  return {
    [ATTRIBUTES.inputTokens]: usage.promptTokens,
    [ATTRIBUTES.outputTokens]: usage.outputTokens,
    [ATTRIBUTES.cacheReadTokens]: usage.reusedTokens,
    [ATTRIBUTES.queueSeconds]: usage.queueMs / 1000,
    [ATTRIBUTES.prefillSeconds]: usage.prefillMs / 1000,
    [ATTRIBUTES.decodeSeconds]: usage.decodeMs / 1000,
  };
}

function endSpan(span: Span, errorCode: string | undefined): void {
  if (errorCode !== undefined) {
    span.setAttribute(ATTRIBUTES.errorType, errorCode);
    span.setStatus({ code: SpanStatusCode.ERROR, message: errorCode });
  }
  span.end();
}

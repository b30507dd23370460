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
import type { CallStart, CallTrace, RunStart, RunTrace, Tracing } from './tracing.ts';

/** Spans through `tracer`. */
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

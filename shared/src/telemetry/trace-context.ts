import {
  type Context,
  isSpanContextValid,
  ROOT_CONTEXT,
  type Span,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import { formatTraceparent, parseTraceparent } from './traceparent.ts';

/** The span's W3C traceparent, or undefined when nothing is traced. */
export function injectTraceparent(span: Span): string | undefined {
  const context = span.spanContext();
  if (!isSpanContextValid(context)) return undefined;
  const isSampled = (context.traceFlags & TraceFlags.SAMPLED) !== 0;
  return formatTraceparent({ ...context, isSampled });
}

/**
 * The context a traceparent names, for children of a remote span. A missing or malformed one is a
 * new root, as the standard demands.
 */
export function extractTraceparent(traceparent: string | undefined): Context {
  const remote = parseTraceparent(traceparent);
  if (remote === undefined) return ROOT_CONTEXT;
  const { traceId, spanId, isSampled } = remote;
  const traceFlags = isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
}

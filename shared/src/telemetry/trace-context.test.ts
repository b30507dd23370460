import { ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { extractTraceparent, injectTraceparent } from './trace-context.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';

describe('extractTraceparent', () => {
  it('gives back what injectTraceparent wrote', () => {
    for (const flags of ['00', '01']) {
      const traceparent = `00-${TRACE}-${SPAN}-${flags}`;
      const context = trace.getSpanContext(extractTraceparent(traceparent));
      expect(context).toMatchObject({ traceId: TRACE, spanId: SPAN, isRemote: true });
      expect(injectTraceparent(trace.wrapSpanContext(context!))).toBe(traceparent);
    }
  });

  it('reads a later version by the fields it knows', () => {
    const context = extractTraceparent(`01-${TRACE}-${SPAN}-03-more`);
    expect(trace.getSpanContext(context)).toMatchObject({ traceId: TRACE, traceFlags: 1 });
  });

  it.each([
    undefined,
    '',
    'nonsense',
    `00-${TRACE}-${SPAN}`,
    `00-${TRACE}-${SPAN}-01-more`,
    `ff-${TRACE}-${SPAN}-01`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
  ])('starts a new root for %j', (traceparent) => {
    expect(extractTraceparent(traceparent)).toBe(ROOT_CONTEXT);
  });
});

import { status } from '@grpc/grpc-js';
import { decodeRpcStatus, STATUS_DETAILS_KEY } from '@helium/proto';
import { HeliumError } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import { toGrpcStatus } from './grpc-status.ts';

function detailsOf(thrown: unknown) {
  const { metadata } = toGrpcStatus(thrown);
  return decodeRpcStatus(metadata.get(STATUS_DETAILS_KEY)[0] as Buffer);
}

describe('toGrpcStatus', () => {
  it('carries code, reason, facts and every fault', () => {
    const faults = [{ field: 'operators[1].id', message: '"a" is used twice' }];
    const error = new HeliumError('WORKFLOW_INVALID', '1 fault', { faults, details: { limit: 3 } });
    const sent = toGrpcStatus(error);
    expect([sent.code, sent.details]).toEqual([status.INVALID_ARGUMENT, '1 fault']);
    expect(sent.metadata.get('helium-code')).toEqual(['WORKFLOW_INVALID']);
    expect(detailsOf(error)).toEqual({
      code: status.INVALID_ARGUMENT,
      message: '1 fault',
      reason: 'WORKFLOW_INVALID',
      domain: 'helium',
      metadata: { limit: '3' },
      violations: faults,
    });
  });

  it('says when to retry what can succeed later', () => {
    expect(detailsOf(new HeliumError('QUEUE_FULL', 'full')).retryDelayMs).toBe(1000);
  });

  it('reports a foreign exception as a bug of ours', () => {
    const sent = toGrpcStatus(new TypeError('x is not a function'));
    expect(sent.code).toBe(status.INTERNAL);
    expect(detailsOf(new TypeError('x'))).toMatchObject({ reason: 'INVARIANT_BROKEN' });
  });

  it('stays within the trailers that every client takes, and says what it left out', () => {
    const faults = Array.from({ length: 5000 }, (_, i) => ({
      field: `operators[${i}]`,
      message: 'é'.repeat(1000),
    }));
    const error = new HeliumError('WORKFLOW_INVALID', 'é'.repeat(5000), { faults });
    const sent = toGrpcStatus(error);
    const bytes = (sent.metadata.get(STATUS_DETAILS_KEY)[0] as Buffer).length;
    expect((bytes * 4) / 3 + encodeURI(sent.details).length).toBeLessThan(8000);
    const { violations } = detailsOf(error);
    expect(violations.at(-1)?.message).toMatch(/^and \d{4} more of 5000 faults$/);
  });

  it('makes a message of lone surrogates sendable', () => {
    const sent = toGrpcStatus(new HeliumError('TEXT_INVALID', 'bad \ud800'));
    expect(() => encodeURI(sent.details)).not.toThrow();
  });
});

import { describe, expect, it } from 'vitest';
import { decodeRpcStatus, encodeRpcStatus, type RpcStatus } from './rpc-status.ts';

const STATUS: RpcStatus = {
  code: 3,
  message: '2 faults',
  reason: 'WORKFLOW_INVALID',
  domain: 'helium',
  metadata: { operators: '3' },
  violations: [
    { field: 'workflow.operators[0].id', message: 'is empty' },
    { field: 'rows', message: 'is empty' },
  ],
  retryDelayMs: 1250,
};

describe('a google.rpc.Status', () => {
  it('comes back as it went', () => {
    expect(decodeRpcStatus(encodeRpcStatus(STATUS))).toEqual(STATUS);
  });

  it('carries only the details there are', () => {
    const { retryDelayMs, ...rest } = STATUS;
    const plain = { ...rest, metadata: {}, violations: [] };
    const bytes = encodeRpcStatus(plain);
    expect(decodeRpcStatus(bytes)).toEqual(plain);
    expect(bytes.includes('google.rpc.ErrorInfo')).toBe(true);
    expect(bytes.includes('google.rpc.BadRequest')).toBe(false);
    expect(bytes.includes('google.rpc.RetryInfo')).toBe(false);
    expect(retryDelayMs).toBe(1250);
  });

  it('has the field numbers that every gRPC language knows', () => {
    const bytes = encodeRpcStatus({ ...STATUS, metadata: {}, violations: [], message: 'm' });
    // code = 1 (varint 3), message = 2 (one byte), details = 3.
    expect([...bytes.subarray(0, 6)]).toEqual([0x08, 3, 0x12, 1, 0x6d, 0x1a]);
  });
});
